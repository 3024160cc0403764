/// How an engine stores the keys and values of the tokens that it has read.
///
/// Source: Ollama's FAQ, "How can I set the quantization type for the K/V cache?"; the block sizes are ggml's
/// (`ggml-common.h`): 32 elements are stored in 64, 34 and 18 bytes.
public enum KVCacheType: String, Sendable, CaseIterable, Hashable {
    /// Ollama's default.
    case f16
    /// Half of it, with a very small loss.
    case q8 = "q8_0"
    /// A quarter, with a loss that shows, the more the longer the context.
    case q4 = "q4_0"

    /// The bytes of 32 elements.
    public var bytesPerBlock: Int {
        switch self {
        case .f16: 64
        case .q8: 34
        case .q4: 18
        }
    }

    /// Whether it works only with flash attention; without, Ollama goes back to `f16`.
    public var needsFlashAttention: Bool { self != .f16 }
}
