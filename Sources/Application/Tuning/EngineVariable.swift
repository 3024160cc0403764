/// The variables of Ollama that the service sets on an engine that it starts.
///
/// Every one of them is read by today's Ollama. Source: Ollama, `envconfig/config.go`, and its FAQ.
public enum EngineVariable: String, Sendable, CaseIterable {
    /// Where it listens.
    case host = "OLLAMA_HOST"
    /// The requests that one model runs at once.
    case numParallel = "OLLAMA_NUM_PARALLEL"
    /// The models that are loaded at once.
    case maxLoadedModels = "OLLAMA_MAX_LOADED_MODELS"
    /// The context of a request that asks for none, in tokens.
    case contextLength = "OLLAMA_CONTEXT_LENGTH"
    /// Whether attention is computed without its whole matrix in memory.
    case flashAttention = "OLLAMA_FLASH_ATTENTION"
    /// How keys and values are stored.
    case kvCacheType = "OLLAMA_KV_CACHE_TYPE"
    /// How long a model stays loaded when nobody uses it.
    case keepAlive = "OLLAMA_KEEP_ALIVE"
    /// The requests that wait for a load before it says no.
    case maxQueue = "OLLAMA_MAX_QUEUE"
    /// How long a load may make no progress.
    case loadTimeout = "OLLAMA_LOAD_TIMEOUT"
    /// Whether a model is spread over all GPUs even if it fits into one.
    case schedSpread = "OLLAMA_SCHED_SPREAD"
    /// The memory of each GPU that is left alone, in bytes.
    case gpuOverhead = "OLLAMA_GPU_OVERHEAD"
}
