public import Domain
import Synchronization

/// How many bytes of text a token of a model is, measured on the prompts that engines have counted.
///
/// A model's measure is a running mean that forgets: a prompt weighs as much as it is long, and each new one takes an eighth
/// of the weight of those before it.
public final class TokenMeasure: RequestRecorder {
    /// The bytes of a token of a model that nobody has measured; near enough for English.
    public static let standard: Double = 4

    private struct Sum {
        var bytes: Double
        var tokens: Double
    }

    /// Prompts shorter than this tell more of a model's template than of its tokens, in bytes.
    private static let shortest = 256
    /// A prompt beyond these was not read as it came: it was cut, or repeated something that nobody sees here.
    private static let believable: ClosedRange<Double> = 1...8
    /// So many models are kept; beyond it they are begun anew.
    private static let capacity = 1000
    private let sums = Mutex<[ModelName: Sum]>([:])

    /// Starts with nothing measured.
    public init() {}

    /// Learns of a request that has ended.
    public func record(_ record: RequestRecord) {
        // What a picture is in tokens says nothing of text.
        guard let model = record.model, let usage = record.usage, record.queue == .chat else { return }
        self.learn(model, bytes: record.promptBytes, tokens: usage.promptTokens)
    }

    func learn(_ model: ModelName, bytes: Int, tokens: Int) {
        guard bytes >= TokenMeasure.shortest, tokens > 0 else { return }
        guard TokenMeasure.believable.contains(Double(bytes) / Double(tokens)) else { return }
        self.sums.withLock { sums in
            if sums.count >= TokenMeasure.capacity, sums[model] == nil { sums.removeAll() }
            let old = sums[model] ?? Sum(bytes: 0, tokens: 0)
            sums[model] = Sum(
                bytes: old.bytes * 7 / 8 + Double(bytes),
                tokens: old.tokens * 7 / 8 + Double(tokens)
            )
        }
    }

    /// The bytes of a token of a model.
    public func bytesPerToken(of model: ModelName) -> Double {
        self.sums.withLock { $0[model] }.map { $0.bytes / $0.tokens } ?? TokenMeasure.standard
    }

    /// About how many tokens a text of so many bytes is for a model, at least 1.
    public func tokens(ofBytes bytes: Int, for model: ModelName) -> Int {
        max(1, Int((Double(bytes) / self.bytesPerToken(of: model)).rounded(.up)))
    }
}
