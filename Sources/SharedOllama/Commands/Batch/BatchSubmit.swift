import ArgumentParser
import Domain

/// `shared-ollama batch submit`.
struct BatchSubmit: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "submit",
        abstract: "Upload a file of requests and make a batch of it.",
        discussion: """
            Each line of the file is {"custom_id": …, "method": "POST", "url": "/v1/chat/completions", "body": {…}}. With \
            --model each line is the text of a prompt instead. Prints the batch's id, or with --watch watches it to its end.
            """
    )

    @Argument(help: "The file.")
    var file: String

    @Option(help: "The route of the requests (default: that of the first line).")
    var endpoint: String?

    @Option(help: "How long the batch may take, such as 24h or 7d.")
    var window = "24h"

    @Option(help: "Each line is the text of a prompt for this model.")
    var model: String?

    @Option(help: "With --model: how many tokens an answer may have.")
    var maxTokens: Int?

    @Option(help: "A key under which the batch is made once, however often it is submitted.")
    var idempotencyKey: String?

    @Flag(help: "Watch the batch to its end.")
    var watch = false

    @OptionGroup var client: ClientOptions

    func validate() throws {
        guard self.model != nil || self.maxTokens == nil else { throw ValidationError("--max-tokens needs --model.") }
        guard self.model == nil || self.endpoint == nil else {
            throw ValidationError("--endpoint is for files of requests; with --model it is /v1/chat/completions.")
        }
    }

    func run() async throws {
        try await self.client.withClient { service in
            let lines = try self.lines()
            let form = MultipartUpload(filename: self.file.split(separator: "/").last.map(String.init) ?? "batch.jsonl")
            let uploaded = try await service.json(form.call(lines))
            guard let fileID = uploaded.object?["id"]?.string else {
                throw ClientFailure.failed("the service did not tell the name of the uploaded file")
            }
            let body: JSONObject = [
                "input_file_id": .string(fileID),
                "endpoint": .string(self.route(of: lines)),
                "completion_window": .string(self.window),
            ]
            let headers = self.idempotencyKey.map { ["Idempotency-Key": $0] } ?? [:]
            let batch = try await service.post("/v1/batches", body, headers: headers)
            let report = BatchReport(batch)
            if self.client.json {
                StandardOutput.write("\(batch.text)\n")
            } else {
                StandardOutput.write("\(report.id)\n")
            }
            if self.watch { try await self.client.watch(report.id, at: service) }
        }
    }

    // MARK: Parts

    /// The lines to be uploaded.
    private func lines() throws -> [UInt8] {
        let bytes = try InputFile.read(self.file)
        guard let model = self.model else { return bytes }
        var output: [UInt8] = []
        var number = 0
        for line in bytes.split(separator: 0x0A) {
            guard let text = String(validating: line, as: UTF8.self) else {
                throw ClientFailure.usage("\(self.file) is not UTF-8")
            }
            number += 1
            let prompt = text.hasSuffix("\r") ? String(text.dropLast()) : text
            output += BatchSubmit.request(prompt, number: number, model: model, maxTokens: self.maxTokens)
        }
        return output
    }

    /// One line of a batch that asks a model something.
    static func request(_ prompt: String, number: Int, model: String, maxTokens: Int?) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.field("custom_id", "line-\(number)")
            writer.field("method", "POST")
            writer.field("url", "/v1/chat/completions")
            writer.key("body")
            writer.object { writer in
                writer.field("model", model)
                writer.key("messages")
                writer.array { writer in
                    writer.object {
                        $0.field("role", "user")
                        $0.field("content", prompt)
                    }
                }
                writer.field("max_tokens", maxTokens)
            }
        }
        return writer.bytes + [0x0A]
    }

    /// The route: what the command line says, else what the first line says.
    private func route(of lines: [UInt8]) -> String {
        if let endpoint { return endpoint }
        let first = lines.split(separator: 0x0A, maxSplits: 1).first.map { Array($0) } ?? []
        return (try? JSONParser.parse(first))?.object?["url"]?.string ?? "/v1/chat/completions"
    }
}
