import Application
import Domain
import Hummingbird
import NIOCore

/// What can be asked for by a JSON body alone: what a route and an item of a batch have in common.
struct InferenceOperation: Sendable {
    /// The path of its route, which is its name.
    let path: String
    /// Its wire format.
    let dialect: Dialect
    /// What is asked for.
    let operation: Operation
    /// What fields are called here that an engine finds fault with.
    var faultNames = EngineFaultNames(names: [:])
    /// Understands a body.
    let read: @Sendable (JSONObject) throws -> any InferenceReading
}

extension InferenceRoute {
    /// Answers an operation over HTTP.
    func add(_ operations: [InferenceOperation], to routes: DirectRoutes) {
        for operation in operations {
            routes.post(operation.path) { request in
                try await self.answer(request, operation.operation, told: operation.faultNames.told) { bytes in
                    try operation.read(try RequestBodyReader.parse(bytes))
                }
            }
        }
    }
}

/// A whole answer, before anybody says over what it goes out.
struct WholeAnswer: Sendable {
    /// Status, type and body.
    let answer: StoredAnswer
    /// The headers that tell how it came about.
    let fields: FieldLines

    /// The answer over HTTP; its headers are added to `head`.
    func response(adding head: AnswerFields) -> Response {
        let body = ByteBuffer(bytes: self.answer.body)
        var fields = self.fields
        fields.add(bodyLength: body.readableBytes)
        head.add { [fields] in $0.add(fields) }
        return Response(
            status: .ok,
            body: ResponseBody { writer in
                try await writer.write(body)
                try await writer.finish(nil)
            }
        )
    }
}
