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
            promptBytes: 1,
            hasImages: false
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
}
