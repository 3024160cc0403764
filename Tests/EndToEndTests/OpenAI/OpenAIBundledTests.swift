import Foundation
import NIOHTTP1
import Testing

private let bundledEngine = ProcessInfo.processInfo.environment["SHARED_OLLAMA_TEST_DATA_DIR"].map {
    "\($0)/bundled-engine"
}

extension EndToEnd {
    @Suite("OpenAI's routes before a real model", .heavy, .enabled(if: bundledEngine != nil, "it is not installed"))
    struct OpenAIBundled {
        private static let model = "smollm2:135m"

        @Test("Chat, completion and response say the same streamed and whole, with true figures")
        func answers() async throws {
            let machine = try await StandInMachine()
            defer { machine.remove() }
            var settings = machine.settings(hasBinary: false)
            settings.bundledEngine = bundledEngine
            try await ServiceUnderTest.run(settings) { service in
                try await eventually("the model", within: .seconds(180)) {
                    try await service.client.get("/readyz").status == 200
                }
                try await Self.checkChat(service)
                try await Self.checkResponses(service)
                let vectors = try await service.client.post(
                    "/v1/embeddings",
                    ["model": .string(Self.model), "input": "x"]
                )
                #expect([400, 501].contains(vectors.status) && vectors.isOpenAIError, "\(vectors)")
                let recording = try await service.client.call(
                    .POST,
                    "/v1/audio/transcriptions",
                    headers: ["Content-Type": "multipart/form-data; boundary=b-1"],
                    body: OpenAI.form(["model": Self.model])
                )
                #expect(recording.status == 501 || recording.status == 400, "\(recording)")
                #expect(recording.isOpenAIError)
            }
        }

        private static func checkChat(_ service: ServiceUnderTest) async throws {
            let fields: [String: JSON] = [
                "messages": [["role": "user", "content": "What is the capital of France?"]], "temperature": 0,
                "seed": 1,
                "max_completion_tokens": 12, "stream_options": ["include_usage": true], "logprobs": true,
                "top_logprobs": 2,
            ]
            let path = "/v1/chat/completions"
            let whole = try await service.client.post(path, OpenAI.chat(self.model, fields))
            #expect(whole.status == 200, "\(whole)")
            let choice = whole.json?["choices"]?[0]
            let text = choice?["message"]?["content"]?.string ?? ""
            #expect(text.split(separator: " ").count >= 3 && choice?["finish_reason"] == "length", "\(whole)")
            #expect(whole.json?["usage"]?["completion_tokens"] == 12)
            #expect(choice?["logprobs"]?["content"]?.elements.count == 12)
            let stream = try await service.client.post(path, OpenAI.chat(self.model, stream: true, fields))
            #expect(stream.deltas == text && stream.hasDone && stream.isComplete, "\(stream)")
            let usage = stream.frames.compactMap { $0.json["usage"] }.last
            #expect(usage?["completion_tokens"] == 12)
            #expect(usage?["prompt_tokens"] == whole.json?["usage"]?["prompt_tokens"])
        }

        private static func checkResponses(_ service: ServiceUnderTest) async throws {
            let fields: [String: JSON] = [
                "input": "What is the capital of France?", "temperature": 0, "max_output_tokens": 16,
                "include": ["message.output_text.logprobs"],
            ]
            let path = "/v1/responses"
            let whole = try await service.client.post(path, OpenAI.responses(self.model, fields))
            #expect(whole.json?["status"] == "incomplete", "\(whole)")
            let part = whole.json?["output"]?[0]?["content"]?[0]
            #expect(part?["logprobs"]?.elements.count == 16 && part?["text"]?.string?.isEmpty == false, "\(whole)")
            let stream = try await service.client.post(path, OpenAI.responses(self.model, stream: true, fields))
            let last = stream.frames.last?.json
            #expect(last?["type"] == "response.incomplete" && stream.isComplete, "\(stream)")
            #expect(last?["response"]?["output"]?[0]?["content"]?[0]?["text"] == part?["text"])
            #expect(last?["response"]?["usage"]?["output_tokens"] == 16)
        }
    }
}
