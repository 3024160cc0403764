import NIOHTTP1
import OllamaTestDouble
import Testing

extension EndToEnd {
    @Suite("OpenAI's routes about models", .light)
    struct OpenAIModels {
        @Test("Models are listed as Ollama lists them for OpenAI's clients")
        func list() async throws {
            try await Stage.ollama { service, engine in
                let answer = try await service.client.get("/v1/models")
                let expected = try await Client(port: engine.port).get("/v1/models")
                #expect(answer.status == 200 && answer.json == expected.json, "\(answer)")
                #expect(answer.header("Content-Type")?.hasPrefix("application/json") == true)
            }
        }

        @Test(
            "One model is found by any spelling of its name, which the answer repeats",
            arguments: [
                ("smollm2", "smollm2"), ("smollm2:latest", "smollm2:latest"), ("SmolLM2%3Alatest", "SmolLM2:latest"),
                ("acme/tiny:1b", "acme/tiny:1b"), ("acme%2Ftiny%3A1b", "acme/tiny:1b"),
                ("hf.co/acme/tiny-GGUF:Q4_K_M", "hf.co/acme/tiny-GGUF:Q4_K_M"),
            ]
        )
        func one(path: String, id: String) async throws {
            try await Stage.ollama({
                $0.models += [ModelDescription("acme/tiny:1b"), ModelDescription("hf.co/acme/tiny-GGUF:Q4_K_M")]
            }) { service, _ in
                let answer = try await service.client.get("/v1/models/\(path)")
                let fields = answer.json
                #expect(
                    answer.status == 200 && fields?["id"] == .string(id) && fields?["object"] == "model",
                    "\(answer)"
                )
                #expect(fields?["created"]?.int == 1_795_226_636)
                #expect(fields?["owned_by"] == (id.contains("acme") ? "acme" : "library"))
                #expect(fields?.keys == ["id", "object", "created", "owned_by"])
            }
        }

        @Test("A model that does not exist is 404 in OpenAI's shape", arguments: ["nope", "a/b/c/d/e", "%zz", "a%20b"])
        func unknown(path: String) async throws {
            try await Stage.ollama { service, _ in
                let answer = try await service.client.get("/v1/models/\(path)")
                #expect(answer.status == 404 && answer.json?["error"]?["code"] == "model_not_found", "\(answer)")
                #expect(answer.json?["error"]?.keys == ["message", "type", "param", "code"])
                #expect(try await service.client.post("/v1/models", [:]).status == 405)
            }
        }

        @Test("A server of llama.cpp is listed by its alias")
        func llama() async throws {
            try await Stage.llama { service, _ in
                let data = try await service.client.get("/v1/models").json?["data"]?.elements ?? []
                #expect(data.map { $0["id"] } == ["smollm2"] && data.first?["owned_by"] == "library")
                #expect(try await service.client.get("/v1/models/smollm2").status == 200)
            }
        }
    }
}
