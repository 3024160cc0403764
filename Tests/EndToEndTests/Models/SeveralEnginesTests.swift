import NIOHTTP1
import OllamaTestDouble
import Testing

extension EndToEnd {
    @Suite("Models of several engines", .light)
    struct SeveralEngines {
        /// Two Ollamas and a server of llama.cpp.
        struct Machines {
            let one: OllamaTestDouble
            let two: OllamaTestDouble
            let llama: LlamaServerDouble
        }

        private static func run(_ test: (Client, Machines) async throws -> Void) async throws {
            let machines = Machines(
                one: try await OllamaTestDouble.start(configuration: .init { $0.models = [.smollm2, .allMiniLM] }),
                two: try await OllamaTestDouble.start(
                    configuration: .init { $0.models = [.smollm2.with { $0.size = 7 }, .gemma3] }
                ),
                llama: try await LlamaServerDouble.start(configuration: .init { $0.alias = "library/pocket:1b" })
            )
            let settings = [
                "ENGINES_0_NAME": "llama", "ENGINES_0_KIND": "openai", "ENGINES_0_URL": machines.llama.url,
                "ENGINES_1_NAME": "one", "ENGINES_1_URL": machines.one.url,
                "ENGINES_2_NAME": "two", "ENGINES_2_URL": machines.two.url,
            ]
            do {
                try await ServiceUnderTest.run(.init(environment: settings)) { service in
                    try await eventually("all engines are up") {
                        try await service.client.get("/health").json?["status"] == "healthy"
                    }
                    try await test(service.client, machines)
                }
            } catch {
                await Self.stop(machines)
                throw error
            }
            await Self.stop(machines)
        }

        private static func stop(_ machines: Machines) async {
            await machines.one.stop()
            await machines.two.stop()
            await machines.llama.stop()
        }

        private static func delete(_ name: String, _ client: Client, _ query: String = "") async throws -> Answer {
            try await client.call(.DELETE, "/api/delete\(query)", body: Array(#"{"model":"\#(name)"}"#.utf8))
        }

        @Test("Each model is listed once, newest first, those of other kinds of engines in Ollama's shape")
        func union() async throws {
            try await Self.run { client, _ in
                let rows = try await client.get("/api/tags").json?["models"]?.elements ?? []
                let names = rows.compactMap { $0["name"]?.string }
                #expect(names == ["gemma3-270m:latest", "all-minilm:latest", "smollm2:latest", "library/pocket:1b"])
                #expect(rows.first { $0["name"] == "smollm2:latest" }?["size"] != 7)
                let pocket = rows.last
                #expect(pocket?["model"] == "library/pocket:1b" && (pocket?["digest"]?.string?.count ?? 0) == 64)
                #expect(pocket?["details"]?.keys.contains("quantization_level") == true)
                #expect(pocket?["capabilities"]?[0] == "completion")
                let loaded = try await client.get("/api/ps").json?["models"]?.elements ?? []
                #expect(loaded.map { $0["name"] } == ["library/pocket:1b"])
                #expect(loaded.first?["context_length"]?.int ?? 0 > 0)
            }
        }

        @Test("A model of an engine that cannot describe it is described by what is known")
        func knownOnly() async throws {
            try await Self.run { client, _ in
                let answer = try await client.post("/api/show", ["model": "pocket:1b"])
                #expect(answer.status == 200 && answer.header("X-Engine") == "llama", "\(answer)")
                #expect(answer.json?["capabilities"]?[0] == "completion")
                #expect(answer.json?["details"]?.keys.contains("family") == true)
                for (path, body) in [
                    ("/api/copy", ["source": "pocket:1b", "destination": "x"] as JSON),
                    ("/api/push", ["model": "pocket:1b"]),
                ] {
                    let refused = try await client.post(path, body)
                    #expect(refused.status == 501 && refused.json?.keys == ["error"], "\(refused)")
                }
                #expect(try await Self.delete("pocket:1b", client).status == 501)
                #expect(try await client.post("/api/pull?engine=llama", ["model": "x"]).status == 501)
            }
        }

        @Test("A copy goes to the engine that has the source, or to the one that is wished for")
        func copies() async throws {
            try await Self.run { client, machines in
                let first = try await client.post("/api/copy", ["source": "gemma3-270m", "destination": "a"])
                #expect(first.status == 200 && first.header("X-Engine") == "two", "\(first)")
                let body: JSON = ["source": "smollm2", "destination": "b"]
                #expect(try await client.post("/api/copy", body).header("X-Engine") == "one")
                #expect(try await client.post("/api/copy?engine=two", body).header("X-Engine") == "two")
                #expect(machines.two.counts.requests("POST /api/copy") == 2)
                let wrong = try await client.post(
                    "/api/copy?engine=one",
                    ["source": "gemma3-270m", "destination": "c"]
                )
                #expect(
                    wrong.status == 404 && wrong.text == #"{"error":"model \"gemma3-270m\" not found"}"#,
                    "\(wrong)"
                )
            }
        }

        @Test("A model is deleted on all engines that have it, or on the one that is wished for")
        func deletes() async throws {
            try await Self.run { client, machines in
                #expect(try await Self.delete("smollm2", client, "?engine=two").status == 200)
                #expect(machines.one.counts.requests("DELETE /api/delete") == 0)
                _ = try await client.post("/api/copy", ["source": "smollm2", "destination": "both"])
                _ = try await client.post("/api/copy", ["source": "gemma3-270m", "destination": "both"])
                let gone = try await Self.delete("both", client)
                #expect(gone.status == 200 && gone.body.isEmpty, "\(gone)")
                #expect(machines.one.counts.requests("DELETE /api/delete") == 1)
                #expect(machines.two.counts.requests("DELETE /api/delete") == 2)
                let again = try await Self.delete("both", client)
                #expect(again.status == 404 && again.text == #"{"error":"model 'both' not found"}"#, "\(again)")
            }
        }

        @Test("Without any Ollama a model that nobody has is 404 in Ollama's words, and what only Ollama can do is 501")
        func noOllama() async throws {
            try await Stage.llama { service, _ in
                let unknown = try await service.client.post("/api/show", ["model": "nope"])
                #expect(
                    unknown.status == 404 && unknown.text == #"{"error":"model 'nope:latest' not found"}"#,
                    "\(unknown)"
                )
                let nameless = try await service.client.post("/api/show", [:])
                #expect(nameless.status == 400 && nameless.text == #"{"error":"model is required"}"#, "\(nameless)")
                for path in ["/api/pull", "/api/push", "/api/create", "/api/copy"] {
                    let answer = try await service.client.post(path, ["model": "nope"])
                    #expect(answer.status == 501 && answer.json?.keys == ["error"], "\(answer)")
                }
                let version = try await service.client.get("/api/version").json?["version"]?.string ?? ""
                #expect(version.hasPrefix("0."))
            }
        }
    }
}
