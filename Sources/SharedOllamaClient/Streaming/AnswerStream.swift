/// An answer, piece by piece, as it comes.
///
/// The request is made when the first piece is asked for, and each iteration is a request of its own. Pieces are pulled: who
/// reads slowly slows the engine down, and nothing is kept for it meanwhile. Leaving the loop, or cancelling its task, closes the
/// connection, which ends the work at once.
///
/// ```swift
/// for try await event in client.chatStream(request) { print(event.text, terminator: "") }
/// ```
///
/// A stream that ends without an error has told ``AnswerEvent/done(_:)``. One that breaks off throws ``SharedOllamaError`` with the
/// code ``SharedOllamaError/Code/streamCut``, or the one that the other side gives.
public struct AnswerStream: AsyncSequence, Sendable {
    /// A piece.
    public typealias Element = AnswerEvent
    /// ``SharedOllamaError``, or `CancellationError`.
    public typealias Failure = any Error

    let caller: Caller
    let call: WireCall
    let settings: CallSettings
    /// Why there is nothing to be called; nil if there is.
    let refusal: SharedOllamaError?
    /// Under which id the call is known.
    public let requestID: String

    /// Begins to read.
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(reading: StreamReading(self)) }

    /// Reads one answer.
    public struct AsyncIterator: AsyncIteratorProtocol {
        let reading: StreamReading

        /// The next piece; nil after the last.
        ///
        /// - Throws: ``SharedOllamaError``; `CancellationError` if the task was cancelled.
        public mutating func next() async throws -> AnswerEvent? { try await self.reading.next(isolation: nil) }

        /// The next piece; nil after the last.
        ///
        /// - Throws: ``SharedOllamaError``; `CancellationError` if the task was cancelled.
        public mutating func next(isolation actor: isolated (any Actor)?) async throws -> AnswerEvent? {
            try await self.reading.next(isolation: actor)
        }
    }
}
