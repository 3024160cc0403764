/// What a model is asked to continue: not blank, at most 1,000,000 characters.
public struct Prompt: Sendable, Hashable {
    /// The longest prompt, in characters (Unicode scalars).
    public static let maximumLength = 1_000_000

    /// The prompt's text.
    public let text: String

    /// Checks a prompt.
    ///
    /// - Throws: ``ServiceError`` `invalid_prompt` if it is blank or too long.
    public init(_ text: String) throws {
        let isBlank = text.unicodeScalars.allSatisfy(\.properties.isWhitespace)
        guard !isBlank else { throw ServiceError(.invalidPrompt, "The prompt is blank.") }
        try Prompt.checkLength(of: text)
        self.text = text
    }

    /// Fails with `invalid_prompt` if a text is longer than a prompt may be.
    static func checkLength(of text: String) throws {
        guard text.utf8.count > Prompt.maximumLength else { return }
        let length = text.unicodeScalars.count
        guard length > Prompt.maximumLength else { return }
        throw ServiceError(
            .invalidPrompt,
            "The prompt has \(length) characters; at most \(Prompt.maximumLength) are allowed."
        )
    }
}

/// What a model is told before the prompt.
///
/// It may be empty, which switches a model's own system message off.
public struct SystemMessage: Sendable, Hashable {
    /// The message's text.
    public let text: String

    /// Checks a system message.
    ///
    /// - Throws: ``ServiceError`` `invalid_prompt` if it is longer than a prompt may be.
    public init(_ text: String) throws {
        try Prompt.checkLength(of: text)
        self.text = text
    }
}
