import NIOHTTP1
import OllamaTestDouble
import Testing

extension EndToEnd {
    @Suite("Transcriptions", .light)
    struct Transcriptions {
        private static let path = "/v1/audio/transcriptions"
        private static let type: HTTPHeaders = ["Content-Type": "multipart/form-data; boundary=b-1"]

        private static func said(_ status: Int, _ body: String, type: String = "application/json") -> Fault {
            .answer(status: status, contentType: type, body: body)
        }

        private static func post(
            _ service: ServiceUnderTest,
            _ fields: [String: String] = ["model": "smollm2"]
        ) async throws -> Answer {
            try await service.client.call(.POST, self.path, headers: self.type, body: OpenAI.form(fields))
        }

        @Test(
            "The form goes on as it came, and the engine's answer comes back as it is",
            arguments: EngineFlavour.allCases
        )
        func passes(flavour: EngineFlavour) async throws {
            func check(_ service: ServiceUnderTest, _ engine: EngineDouble) async throws {
                let fields = ["model": "smollm2", "language": "en", "response_format": "json"]
                engine.set(Self.said(200, #"{"text":"hello"}"#), on: .path(Self.path))
                let answer = try await Self.post(service, fields)
                #expect(answer.status == 200 && answer.text == #"{"text":"hello"}"#, "\(answer)")
                #expect(answer.header("Content-Type") == "application/json" && answer.header("X-Engine") == "local")
                let sent = try #require(engine.recorded.last { $0.path == Self.path })
                #expect(sent.body == OpenAI.form(fields))
                #expect(sent.header("Content-Type") == "multipart/form-data; boundary=\"b-1\"")
                engine.set(Self.said(200, "WEBVTT\n", type: "text/vtt"), on: .path(Self.path))
                let subtitles = try await Self.post(service)
                #expect(subtitles.text == "WEBVTT\n" && subtitles.header("Content-Type") == "text/vtt", "\(subtitles)")
                let line = try await service.logLine(of: answer.header("X-Request-ID"))
                #expect(line["operation"] == "transcribe" && line["ended"] == "completed", "\(line)")
            }
            try await Stage.either(flavour) { service, engine in try await check(service, engine) }
        }

        @Test("A large recording passes, one above the limit of bodies does not")
        func sizes() async throws {
            try await Stage.ollama(settings: ["SERVER_MAX_BODY_BYTES": "2000000"]) { service, engine in
                engine.set(Self.said(200, #"{"text":"long"}"#), on: .path(Self.path))
                let file = (0..<1_500_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
                let body = OpenAI.form(["model": "smollm2"], file: file)
                let answer = try await service.client.call(.POST, Self.path, headers: Self.type, body: body)
                #expect(answer.status == 200, "\(answer)")
                #expect(engine.requests.last { $0.path == Self.path }?.body == body)
                let larger = OpenAI.form(["model": "smollm2"], file: [UInt8](repeating: 1, count: 2_000_000))
                let refused = try await service.client.call(.POST, Self.path, headers: Self.type, body: larger)
                #expect(refused.status == 413 && refused.isOpenAIError, "\(refused)")
            }
        }

        @Test("An engine without the route is 501, one that fails 502, and its own refusal keeps its meaning")
        func refusals() async throws {
            for flavour in EngineFlavour.allCases {
                try await Stage.either(flavour) { service, engine in
                    let absent = try await Self.post(service)
                    #expect(absent.status == 501 && absent.code == "not_supported_by_engine", "\(absent)")
                    #expect(absent.isOpenAIError && absent.header("x-should-retry") == "false")
                    for (status, body, expected) in [
                        (500, #"{"error":{"message":"broken"}}"#, 502),
                        (400, #"{"error":{"message":"bad audio"}}"#, 400),
                        (404, #"{"error":{"message":"model 'x' not found"}}"#, 404),
                    ] {
                        engine.set(Self.said(status, body), times: 1, on: .path(Self.path))
                        let answer = try await Self.post(service)
                        #expect(answer.status == expected && answer.isOpenAIError, "\(answer)")
                    }
                    #expect(try await service.client.post("/v1/chat/completions", OpenAI.chat()).status == 200)
                }
            }
        }

        @Test("What is wrong with the form is told by its field")
        func forms() async throws {
            try await Stage.ollama { service, _ in
                let cases: [([UInt8], String?)] = [
                    (OpenAI.form([:]), "model"), (OpenAI.form(["model": "a b"]), "model"),
                    (Array("--b-1\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nm\r\n--b-1--".utf8), "file"),
                    (Array("{}".utf8), nil),
                ]
                for (body, field) in cases {
                    let answer = try await service.client.call(.POST, Self.path, headers: Self.type, body: body)
                    #expect(answer.status == 400 && answer.isOpenAIError, "\(answer)")
                    #expect(answer.json?["error"]?["param"]?.string == field, "\(answer)")
                }
                let unknown = try await Self.post(service, ["model": "nope"])
                #expect(unknown.status == 404 && unknown.code == "model_not_found", "\(unknown)")
            }
        }
    }
}
