import Application
import Domain
import Testing

@testable import Infrastructure

@Suite("The body of a request that is handed on")
struct RelayedBodyTests {
    private static let body =
        #"{ "model":"m", "prompt":"p","options":{"num_ctx":4096,"num_gpu":1,"seed":7},"keep_alive":"24h" }"#

    private static func text(
        loadedContext: Int? = nil,
        barred: [String] = [],
        _ change: (inout GenerationOptions) -> Void = { _ in }
    ) -> String {
        var options = GenerationOptions()
        options.contextLength = 4096
        options.keepAlive = .duration("24h")
        var request = RelayedRequest(
            .generate,
            path: "/api/generate",
            body: Array(Self.body.utf8),
            isStreamed: true,
            options: options,
            barred: barred,
            promptBytes: 1
        )
        change(&request.options)
        let job = EngineJob(
            work: request,
            model: "m",
            isLoaded: true,
            loadedContext: loadedContext,
            requestID: RequestID(generated: "1")
        )
        return String(decoding: RelayedBody.bytes(of: job), as: UTF8.self)
    }

    @Test("It goes on to the byte, spaces included, where nothing has to change")
    func same() {
        #expect(Self.text() == Self.body)
        #expect(Self.text(loadedContext: 2048) == Self.body)
    }

    @Test("A context that the model has anyway is not asked for: the model would be loaded anew")
    func satisfied() {
        let wanted = #"{"model":"m","prompt":"p","options":{"num_gpu":1,"seed":7},"keep_alive":"24h"}"#
        #expect(Self.text(loadedContext: 8192) == wanted)
        #expect(Self.text { $0.contextLength = nil } == wanted)
    }

    @Test("What the caller may not ask for is lowered or left out, and all else stays in its order")
    func changed() {
        let text = Self.text(barred: ["num_gpu"]) { $0.keepAlive = .seconds(300) }
        #expect(text == #"{"model":"m","prompt":"p","options":{"num_ctx":4096,"seed":7},"keep_alive":300}"#)
    }

    @Test(
        "How long a model is to stay is added without taking the body apart, and counts whatever else is said",
        arguments: [
            (#"{"model":"m"}"#, #"{"model":"m","keep_alive":-1}"#),
            ("\n {\"model\":\"m\" , \"keep_alive\":null }\n", #"{"model":"m","keep_alive":null,"keep_alive":-1}"#),
            ("--boundary", "--boundary"), ("{}", #"{"keep_alive":-1}"#), ("[1]", "[1]"),
        ]
    )
    func added(body: String, sent: String) {
        var request = RelayedRequest(
            .generate,
            path: "/api/generate",
            body: Array(body.utf8),
            isStreamed: true,
            options: GenerationOptions(),
            promptBytes: 1
        )
        request.options.keepAlive = .forEver
        let job = EngineJob(
            work: request,
            model: "m",
            isLoaded: true,
            loadedContext: nil,
            requestID: RequestID(generated: "1")
        )
        let text = String(decoding: RelayedBody.bytes(of: job), as: UTF8.self)
        #expect(text.filter { !$0.isWhitespace } == sent)
    }
}
