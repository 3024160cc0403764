#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What a model answered.
public struct ModelAnswer: Sendable, Hashable {
    /// The answer as a message, which may go back into the conversation.
    public var message: ChatMessage
    /// The model, as the request spelled it.
    public var model: String
    /// Under which id the call is known.
    public var requestID: String
    /// Why the answer ended, such as `stop`, `length` or `tool_calls`.
    public var doneReason: String
    /// What it cost.
    public var usage: TokenUsage
    /// How long it took.
    public var timings: AnswerTimings
    /// What the service did otherwise than it was asked to.
    public var warnings: [String]

    /// The text.
    public var text: String { self.message.content }
    /// The tools that the model calls.
    public var toolCalls: [ToolCall] { self.message.toolCalls }

    /// Reads the text as JSON, for answers with a format.
    ///
    /// - Throws: ``SharedOllamaError`` with the code ``SharedOllamaError/Code/invalidOutput``.
    public func decoded<Value: Decodable>(as type: Value.Type = Value.self) throws(SharedOllamaError) -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(self.text.utf8))
        } catch {
            throw SharedOllamaError(.invalidOutput, "the answer is no \(type): \(error)", requestID: self.requestID)
        }
    }
}

/// Tokens of a request and its answer.
public struct TokenUsage: Sendable, Hashable {
    /// Tokens of the prompt, with those that the engine still knew.
    public var promptTokens: Int
    /// Tokens of the answer.
    public var completionTokens: Int
    /// Those of the prompt that the engine still knew; nil where it does not say.
    public var cachedTokens: Int?
}

/// How long the parts of an answer took, where it is known.
public struct AnswerTimings: Sendable, Hashable {
    /// In the service's waiting line.
    public var queueWait: Duration?
    /// Loading the model; zero or nil if it was in memory.
    public var load: Duration?
    /// All of it, for the engine.
    public var total: Duration?
}

/// Vectors for texts.
public struct ModelEmbeddings: Sendable, Hashable {
    /// A vector for each text, in order.
    public var vectors: [[Float]]
    /// The model, as the request spelled it.
    public var model: String
    /// Tokens of the texts.
    public var promptTokens: Int
    /// Under which id the call is known.
    public var requestID: String
}

/// A model that can be asked.
public struct ListedModel: Sendable, Hashable {
    /// Its name, with tag.
    public var name: String
    /// The size of its files, in bytes.
    public var size: Int
    /// The digest of its manifest.
    public var digest: String
    /// When it was last changed (RFC 3339).
    public var modifiedAt: String
    /// What it can do, such as `completion`, `tools`, `vision`, `thinking` or `embedding`.
    public var capabilities: [String]
    /// The engines that have it; none where an Ollama is called directly.
    public var engines: [String]
}
