import OllamaTestDouble
import SharedOllamaClient
import Testing

extension EndToEnd {
    @Suite("Batches of the Swift client", .light)
    struct SwiftClientBatches {
        private typealias Stage = SwiftClientStage

        private static func items(_ count: Int, model: String = "smollm2") -> [BatchItem] {
            (0..<count).map { BatchItem(id: "item-\($0)", ChatRequest(model: model, "Say \($0).")) }
        }

        @Test("are submitted, watched and read, each request with its answer or its error")
        func whole() async throws {
            try await Stage.run({ $0.profile = .init(text: "Said.") }) { client, _, _, _ in
                let wrong = BatchItem(id: "wrong", ChatRequest(model: "nope", "Hi"))
                let submitted = try await client.submitBatch(Self.items(30) + [wrong])
                let looks = Watched(0)
                let batch = try await client.batchEnd(of: submitted.id, lookingEvery: .milliseconds(50)) { _ in
                    looks.change { $0 += 1 }
                }
                #expect(batch.status == .completed && batch.total == 31, "\(batch)")
                #expect(batch.completed == 30 && batch.failed == 1 && looks.value > 0)
                var (answers, errors): ([String], [SharedOllamaError]) = ([], [])
                for try await result in client.batchResults(of: batch) {
                    switch result.answer {
                    case .success(let answer):
                        answers.append(result.id)
                        #expect(answer.text == "Said." && answer.requestID.hasPrefix(batch.id))
                    case .failure(let error):
                        errors.append(error)
                        #expect(result.id == "wrong")
                    }
                }
                #expect(answers == Self.items(30).map(\.id))
                #expect(errors.map(\.code) == [.modelNotFound] && errors.first?.status == 404, "\(errors)")
            }
        }

        @Test("that cannot be one say what is wrong with which line")
        func faults() async throws {
            try await Stage.run { client, _, _, _ in
                let submitted = try await client.submitBatch(Self.items(2) + Self.items(1))
                let batch = try await client.batchEnd(of: submitted.id, lookingEvery: .milliseconds(50))
                #expect(batch.status == .failed && batch.faults.first?.hasPrefix("line 3: ") == true, "\(batch)")
                var results = 0
                for try await _ in client.batchResults(of: batch) { results += 1 }
                #expect(results == 0)
            }
        }

        @Test("can be ended, and say of each request that it was")
        func cancelled() async throws {
            try await Stage.run({ $0.profile = .init(tokenPace: .milliseconds(50), tokenCount: 1000) }) {
                client,
                _,
                ollama,
                _ in
                let first = try await client.submitBatch(Self.items(3))
                try await ollama.waitUntil { $0.generationsOpen > 0 }
                try await client.cancelBatch(first.id)
                let batch = try await client.batchEnd(of: first.id, lookingEvery: .milliseconds(50))
                #expect(batch.status == .cancelled && batch.failed == 3, "\(batch)")
                var codes: Set<String> = []
                for try await result in client.batchResults(of: batch) {
                    if case .failure(let error) = result.answer { codes.insert(error.code.rawValue) }
                }
                #expect(codes == ["batch_cancelled"])
                try await ollama.waitUntil { $0.generationsOpen == 0 }
            }
        }

        @Test("that do not exist are an error, as are all before an Ollama that is called directly")
        func missing() async throws {
            try await Stage.run { client, _, ollama, _ in
                let error = await Stage.failure { _ = try await client.batch("batch_none") }
                #expect(error?.code == .notFound && error?.status == 404 && error?.requestID != nil, "\(error as Any)")
                try await SharedOllamaClient.withClient(.direct(ollama.url)) { direct in
                    let error = await Stage.failure { _ = try await direct.submitBatch(Self.items(1)) }
                    #expect(error?.code == .notSupported)
                }
            }
        }
    }
}
