import ArgumentParser
import Domain

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// What `generate` and `chat` have in common.
struct AnswerOptions: ParsableArguments {
    @Option(help: "The model; the service's default if not given.")
    var model: String?

    @Option(help: "What the model is told before everything else.")
    var system: String?

    @Option(help: "How many tokens an answer may have.")
    var maxTokens: Int?

    @Option(help: "0 to 2; 0 answers the same each time.")
    var temperature: Double?

    @Option(help: "A seed for what is left to chance.")
    var seed: Int?

    @Option(help: "The project that asks, where there are no keys.")
    var project: String?

    @Flag(help: "Tell also figures of the answer on standard error; at a terminal they are always told.")
    var verbose = false

    @OptionGroup var client: ClientOptions

    /// The fields of a request's body that these options name.
    var fields: JSONObject {
        var fields = JSONObject()
        fields["model"] = self.model.map(JSONValue.string)
        fields["max_tokens"] = self.maxTokens.map { .number(JSONNumber($0)) }
        fields["temperature"] = self.temperature.map { .number(JSONNumber($0)) }
        fields["seed"] = self.seed.map { .number(JSONNumber($0)) }
        return fields
    }

    /// Whether figures are told.
    var tellsFigures: Bool { self.verbose || Terminal.showsProgress }
}

/// What a person, or a program, has to say.
enum PromptInput {
    /// The longest text that is read, in bytes: more than any route takes.
    private static let limit = 67_108_864

    /// Whether a person sits at standard input.
    static var isTerminal: Bool { isatty(STDIN_FILENO) == 1 }

    /// The words of the command line; without any, or for a `-`, all of standard input.
    ///
    /// - Returns: nil if there are no words and a person sits at standard input.
    /// - Throws: ``ClientFailure`` for a text that is blank, no UTF-8 or has no end.
    static func text(_ words: [String]) throws(ClientFailure) -> String? {
        if words.isEmpty, self.isTerminal { return nil }
        let isGiven = !words.isEmpty && words != ["-"]
        let text = isGiven ? words.joined(separator: " ") : try self.standardInput()
        guard text.contains(where: { !$0.isWhitespace }) else { throw .usage("there is nothing to ask.") }
        return text
    }

    private static func standardInput() throws(ClientFailure) -> String {
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(STDIN_FILENO, &piece, piece.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            bytes += piece[..<count]
            guard bytes.count <= self.limit else { throw .usage("standard input is longer than any request may be.") }
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw .usage("what comes on standard input is not UTF-8.")
        }
        return text
    }
}
