/// Where a batch stands, in the words of OpenAI's Batch API.
///
/// A batch that is paused keeps its status; see ``Batch/pausedAt``.
public enum BatchStatus: String, Sendable, CaseIterable {
    /// Its file is read, line by line.
    case validating
    /// The file cannot be a batch; ``Batch/errors`` says why. Nothing ran.
    case failed
    /// Its items run.
    case inProgress = "in_progress"
    /// Nothing of it starts any more, and what is left is written to the error file.
    case finalizing
    /// Every item has an outcome.
    case completed
    /// Its window ended first; what had not run is in the error file.
    case expired
    /// It was cancelled; what runs comes to its end.
    case cancelling
    /// It was cancelled; what had not run is in the error file.
    case cancelled

    /// Whether nothing changes any more.
    public var isEnd: Bool {
        switch self {
        case .failed, .completed, .expired, .cancelled: true
        case .validating, .inProgress, .finalizing, .cancelling: false
        }
    }
}
