import Domain

extension Benchmark {
    /// Reading and writing texts.
    static var ofText: [Benchmark] {
        [
            Benchmark("json-parse") {
                { try JSONParser.parse(Inputs.openAIChat).object?.members.count ?? 0 }
            },
            Benchmark("json-write") {
                let value = try JSONParser.parse(Inputs.openAIChat)
                return { value.text.utf8.count }
            },
        ]
    }
}
