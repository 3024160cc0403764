import ArgumentParser
import Domain
import NIOCore
import NIOHTTP1

/// `shared-ollama batch results`.
struct BatchResults: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "results",
        abstract: "Print the results of a batch, one JSON object a line; also while it runs, as far as they are there.",
        discussion: "With --text only the answers' texts, each behind its custom_id."
    )

    @Argument(help: "The batch's id.")
    var id: String

    @Flag(help: "Print what failed instead.")
    var errors = false

    @Flag(help: "Print custom_id and text of each answer, separated by a tab; line breaks in it become blanks.")
    var text = false

    @OptionGroup var client: ClientOptions

    func run() async throws {
        try await self.client.withClient { service in
            let batch = BatchReport(try await service.get("/v1/batches/\(ServiceClient.escaped(self.id))"))
            guard let file = self.errors ? batch.errorFile : batch.outputFile else {
                let what = self.errors ? "nothing has failed" : "there are no results yet"
                StandardError.write("shared-ollama: \(what); \(batch.summary)\n")
                return
            }
            let call = ServiceCall(.GET, "/v1/files/\(ServiceClient.escaped(file))/content")
            if self.text {
                try await service.lines(call) { StandardOutput.write(BatchResults.line(of: $0)) }
            } else {
                try await service.pieces(call) { StandardOutput.write(Array($0.readableBytesView)) }
            }
        }
    }

    /// The custom_id and the text of a result, whatever the route of its item.
    static func line(of result: JSONValue) -> String {
        let id = result.object?["custom_id"]?.string ?? "?"
        let response = result.object?["response"]?.object
        let body = response?["body"]?.object
        let choice = body?["choices"]?.array?.first?.object
        let text =
            choice?["message"]?.object?["content"]?.string ?? choice?["text"]?.string
            ?? body?["message"]?.object?["content"]?.string
            ?? body?["error"]?.object?["message"]?.string ?? body?["detail"]?.string
            ?? result.object?["error"]?.object?["message"]?.string
            ?? body.map { JSONValue.object($0).text } ?? ""
        let flat = text.split(whereSeparator: \.isNewline).joined(separator: " ")
        return "\(id)\t\(flat)\n"
    }
}
