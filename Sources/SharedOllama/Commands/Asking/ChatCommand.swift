import ArgumentParser
import Domain

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// `shared-ollama chat`.
struct ChatCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "chat",
        abstract: "Talk to a model; the answers are printed as they come.",
        discussion: """
            With a message there is one answer. Without one, standard input is the message; at a terminal a conversation \
            begins instead: /clear forgets it, /bye or Ctrl-D ends it.
            """
    )

    @Argument(help: "The message.")
    var message: [String] = []

    @Option(help: "An image for the first message: a file, or an address of http or https; may be given several times.")
    var image: [String] = []

    @OptionGroup var options: AnswerOptions

    func run() async throws {
        try await self.options.client.withClient { service in
            var talk = Conversation(
                printer: AnswerPrinter(service: service, options: self.options),
                images: try self.image.map(Self.image)
            )
            if let message = try PromptInput.text(self.message) {
                try await talk.say(message)
            } else {
                await talk.run()
            }
        }
    }

    /// An image as a request carries it: an address as it is, a file as Base64.
    private static func image(_ text: String) throws -> JSONValue {
        if text.hasPrefix("http://") || text.hasPrefix("https://") { return .string(text) }
        return .string(Data(try InputFile.read(text)).base64EncodedString())
    }
}

/// A conversation at the terminal.
private struct Conversation {
    let printer: AnswerPrinter
    /// The images of the next message.
    var images: [JSONValue]
    private var messages: [JSONValue] = []

    init(printer: AnswerPrinter, images: [JSONValue]) {
        self.printer = printer
        self.images = images
    }

    /// Says something and prints the answer; what failed was never said.
    ///
    /// - Throws: ``ClientFailure``.
    mutating func say(_ text: String) async throws {
        var body = self.printer.options.fields
        var message: JSONObject = ["role": .string("user"), "content": .string(text)]
        if !self.images.isEmpty { message["images"] = .array(self.images) }
        let said = self.messages + [.object(message)]
        body["messages"] = .array(self.opening + said)
        let answer = try await self.printer.answer("/api/v1/chat", body)
        self.images = []
        self.messages = said + [.object(["role": .string("assistant"), "content": .string(answer)])]
    }

    /// What the model is told before everything else.
    private var opening: [JSONValue] {
        self.printer.options.system.map { [.object(["role": .string("system"), "content": .string($0)])] } ?? []
    }

    /// Talks until the person has enough.
    mutating func run() async {
        while true {
            StandardError.write(">>> ")
            guard let line = readLine() else { return StandardError.write("\n") }
            switch line.trimmingPrefix(while: \.isWhitespace) {
            case "": continue
            case "/bye", "/exit": return
            case "/clear": self.messages = []
            default:
                do {
                    try await self.say(line)
                } catch {
                    StandardError.write("shared-ollama: \(error)\n")
                }
            }
        }
    }
}
