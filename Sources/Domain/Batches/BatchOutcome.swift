/// What became of one item of a batch; it becomes one line of the output file or of the error file.
public enum BatchOutcome: Sendable, Hashable {
    /// An answer, whatever its status.
    ///
    /// The body is JSON. Line breaks between its values become blanks, for it has to fit in a line.
    case answered(status: Int, requestID: RequestID, body: [UInt8])
    /// No answer.
    case unanswered(Reason)

    /// Why an item has no answer.
    public enum Reason: String, Sendable, Hashable, CaseIterable {
        /// The window of the batch ended before it ran.
        case expired = "batch_expired"
        /// The batch was cancelled before it ran.
        case cancelled = "batch_cancelled"
        /// What it was to send can no longer be read.
        case inputLost = "input_lost"

        /// What callers read beside the code.
        public var message: String {
            switch self {
            case .expired: "This request could not be executed before the completion window expired."
            case .cancelled: "This request was not executed because the batch was cancelled."
            case .inputLost: "The line of this request can no longer be read from the input file's content."
            }
        }
    }

    /// Whether the item succeeded: a 2xx answer.
    public var isSuccess: Bool {
        if case .answered(let status, _, _) = self { (200...299).contains(status) } else { false }
    }
}
