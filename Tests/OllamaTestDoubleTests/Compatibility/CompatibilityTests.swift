import Testing

@testable import OllamaTestDouble

/// Every recorded request to Ollama's own API is sent to the service in front of an Ollama.
@Suite("The service in front of an Ollama answers as Ollama does", .serialized)
struct CompatibilityTests {
    /// The recordings of routes that the service has too.
    private static var recordings: [Recording] {
        Recording.all(.ollama).filter { recording in
            guard let line = try? recording.read().request.prefix(while: { $0 != 0x0D }) else { return false }
            let path = String(decoding: line, as: UTF8.self).split(separator: " ").dropFirst().first ?? ""
            return path.hasPrefix("/api/") || path == "/"
        }
    }

    @Test("the same status and the same shape of the body", arguments: recordings)
    func answer(_ recording: Recording) async throws {
        let stage = Stage.of(recording)
        let double = try await OllamaTestDouble.start(configuration: .init(stage.configure))
        let service = try await ServiceInFront(ollama: double.port)
        try await stage.prepare(double)
        let expected = try recording.read()
        let answer = try await RawConnection.exchange(port: service.port, expected.request)
        await double.stop()
        let type = expected.response.values("Content-Type").first ?? ""
        let isSame =
            answer.status == expected.response.status
            && answer.values("Content-Type") == expected.response.values("Content-Type")
            && Shape.frames(of: answer.text, contentType: type)
                == Shape.frames(of: expected.response.text, contentType: type)
        if let difference = Difference.of(recording) {
            #expect(!isSame, "no longer different: \(difference.reason)")
        } else {
            #expect(
                isSame,
                "\(answer.statusLine) \(answer.headers) \(answer.text) instead of \(expected.response.statusLine) \(expected.response.text)"
            )
        }
    }
}
