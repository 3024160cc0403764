extension Metric {
    // MARK: Queues

    /// Requests that wait for a slot.
    public static let queued = Metric(
        "shared_ollama_queued_requests",
        .gauge,
        "Requests that wait for a slot, by queue and class.",
        labels: ["queue", "class"]
    )
    /// How many may wait.
    public static let queueCapacity = Metric(
        "shared_ollama_queue_capacity",
        .gauge,
        "How many requests may wait in a queue.",
        labels: ["queue"]
    )
    /// Requests that hold a slot.
    public static let running = Metric(
        "shared_ollama_running_requests",
        .gauge,
        "Requests that hold a slot, by queue.",
        labels: ["queue"]
    )
    /// How many may hold one.
    public static let maxConcurrent = Metric(
        "shared_ollama_max_concurrent_requests",
        .gauge,
        "How many requests of a queue may hold a slot at once.",
        labels: ["queue"]
    )

    static let ofQueues = [queued, queueCapacity, running, maxConcurrent]

    // MARK: Engines

    /// Whether an engine takes requests.
    public static let engineUp = Metric(
        "shared_ollama_engine_up",
        .gauge,
        "1 if the engine takes requests, else 0.",
        labels: ["engine"]
    )
    /// How an engine is.
    public static let engineState = Metric(
        "shared_ollama_engine_state",
        .gauge,
        "1 for the state in which the engine is; it has no series for others.",
        labels: ["engine", "state"]
    )
    /// How the breaker of an engine is.
    public static let engineBreaker = Metric(
        "shared_ollama_engine_breaker_open",
        .gauge,
        "1 if nothing is sent to the engine because it failed too often, 0.5 while one request tries it, else 0.",
        labels: ["engine"]
    )
    /// The slots of an engine.
    public static let engineSlots = Metric(
        "shared_ollama_engine_slots",
        .gauge,
        "Requests of a model that the engine runs at once.",
        labels: ["engine"]
    )
    /// Requests that an engine runs.
    public static let engineRunning = Metric(
        "shared_ollama_engine_running_requests",
        .gauge,
        "Requests that hold a slot of the engine.",
        labels: ["engine"]
    )
    /// The models in an engine's memory.
    public static let engineModels = Metric(
        "shared_ollama_engine_models_loaded",
        .gauge,
        "Models in the engine's memory.",
        labels: ["engine"]
    )
    /// How often an engine was started again.
    public static let engineRestarts = Metric(
        "shared_ollama_engine_restarts_total",
        .counter,
        "How often the service has started the engine again; engines that it does not run have none.",
        labels: ["engine"]
    )
    /// Models that were loaded.
    public static let modelLoads = Metric(
        "shared_ollama_model_loads_total",
        .counter,
        "Models that came into the engine's memory, by who had them loaded (service, other), or could not be (failed).",
        labels: ["engine", "outcome"]
    )
    /// Models that were unloaded.
    public static let modelUnloads = Metric(
        "shared_ollama_model_unloads_total",
        .counter,
        "Models that left the engine's memory, for whatever reason.",
        labels: ["engine"]
    )
    /// Swaps.
    public static let modelSwaps = Metric(
        "shared_ollama_model_swaps_total",
        .counter,
        "Models that the service had the engine unload because another one was waited for.",
        labels: ["engine"]
    )

    static let ofEngines = [
        engineUp, engineState, engineBreaker, engineSlots, engineRunning, engineModels, engineRestarts, modelLoads,
        modelUnloads, modelSwaps,
    ]

    // MARK: The service

    /// Which service this is.
    public static let buildInfo = Metric(
        "shared_ollama_build_info",
        .gauge,
        "1, with the version of the service.",
        labels: ["version"]
    )
    /// Processor time.
    public static let processCPU = Metric(
        "process_cpu_seconds_total",
        .counter,
        "Processor time of the service, in user and system mode."
    )
    /// Memory.
    public static let processMemory = Metric(
        "process_resident_memory_bytes",
        .gauge,
        "Memory of the service that is resident."
    )
    /// Address space.
    public static let processVirtualMemory = Metric(
        "process_virtual_memory_bytes",
        .gauge,
        "Address space of the service."
    )
    /// Open files.
    public static let processOpenFiles = Metric("process_open_fds", .gauge, "File descriptors that are open.")
    /// How many there may be.
    public static let processMaxFiles = Metric("process_max_fds", .gauge, "File descriptors that may be open.")
    /// When the service started.
    public static let processStart = Metric(
        "process_start_time_seconds",
        .gauge,
        "When the service was started, in seconds since 1970 (UTC)."
    )

    static let ofTheService = [
        buildInfo, processCPU, processMemory, processVirtualMemory, processOpenFiles, processMaxFiles, processStart,
    ]
}
