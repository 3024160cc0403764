import Testing

@testable import OllamaTestDouble

/// Every recorded request is sent to a double, and the answers are compared.
@Suite("replay of the recordings")
struct ReplayTests {
    private static let comparedHeaders = [
        "Content-Type", "Connection", "Allow", "Location", "Vary", "Cache-Control", "Server", "X-Accel-Buffering",
        "Access-Control-Allow-Origin", "Access-Control-Allow-Methods", "Access-Control-Allow-Headers",
        "Access-Control-Max-Age", "Transfer-Encoding",
    ]

    @Test("Ollama answers as recorded", arguments: Recording.all(.ollama))
    func ollama(_ recording: Recording) async throws {
        let stage = Stage.of(recording)
        let double = try await OllamaTestDouble.start(configuration: .init(stage.configure))
        try await stage.prepare(double)
        let expected = try recording.read()
        let answer = try await RawConnection.exchange(port: double.port, expected.request)
        await double.stop()
        compare(answer, expected.response, onlyBeginning: Deviation.applies(to: recording))
    }

    @Test("llama.cpp's server answers as recorded", arguments: Recording.all(.llamaServer))
    func llamaServer(_ recording: Recording) async throws {
        let double = try await LlamaServerDouble.start(
            configuration: .init {
                $0.embeddings = ["15", "16"].contains(recording.number) ? .unpooled : .off
                $0.vision = ["17", "18"].contains(recording.number)
            }
        )
        let expected = try recording.read()
        let answer = try await RawConnection.exchange(port: double.port, expected.request)
        await double.stop()
        compare(answer, expected.response, onlyBeginning: Deviation.applies(to: recording))
    }

    private func compare(_ answer: RawResponse, _ expected: RawResponse, onlyBeginning: Bool) {
        #expect(answer.statusLine == expected.statusLine)
        for name in Self.comparedHeaders {
            #expect(answer.values(name) == expected.values(name), "header \(name)")
        }
        #expect(answer.values("Date").isEmpty == expected.values("Date").isEmpty)
        let type = expected.values("Content-Type").first ?? ""
        var shape = Shape.frames(of: answer.text, contentType: type)
        var wanted = Shape.frames(of: expected.text, contentType: type)
        if onlyBeginning {
            let common = min(shape.count, wanted.count)
            shape = Array(shape.prefix(common))
            wanted = Array(wanted.prefix(common))
        }
        #expect(shape == wanted)
    }
}
