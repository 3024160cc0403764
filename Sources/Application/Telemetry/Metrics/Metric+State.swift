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

    // MARK: Batches

    /// Batches that have not ended.
    public static let batches = Metric(
        "shared_ollama_batches_open",
        .gauge,
        "Stored batches that have not ended, by status; those that are paused are only counted as paused.",
        labels: ["status"]
    )
    /// Items of such batches.
    public static let batchItems = Metric(
        "shared_ollama_batch_items_open",
        .gauge,
        "Items of stored batches that have no outcome yet: waiting or running.",
        labels: ["state"]
    )
    /// Items that got their outcome.
    public static let batchItemsEnded = Metric(
        "shared_ollama_batch_items_ended_total",
        .counter,
        "Items of stored batches that got their outcome: completed, failed, or unanswered since their batch expired or was cancelled.",
        labels: ["outcome"]
    )

    static let ofBatches = [batches, batchItems, batchItemsEnded]

    // MARK: Images

    /// Images that were prepared.
    public static let images = Metric(
        "shared_ollama_images_prepared_total",
        .counter,
        "Images of requests that were prepared for engines, those included that the cache had."
    )
    /// What engines were spared.
    public static let imageBytesSaved = Metric(
        "shared_ollama_image_bytes_saved_total",
        .counter,
        "Bytes of images that callers sent and engines were spared."
    )
    /// Images that are prepared at this moment.
    public static let imagesInWork = Metric(
        "shared_ollama_images_in_work",
        .gauge,
        "Images that are being prepared (working) or wait for their turn (waiting).",
        labels: ["state"]
    )
    /// Look-ups in the cache of images.
    public static let imageCacheRequests = Metric(
        "shared_ollama_image_cache_requests_total",
        .counter,
        "Look-ups in the cache of prepared images, by result: hit or miss.",
        labels: ["result"]
    )
    /// What left the cache of images.
    public static let imageCacheEvictions = Metric(
        "shared_ollama_image_cache_evictions_total",
        .counter,
        "Prepared images that left the cache to make room, or because they were too old."
    )
    /// What the cache of images holds.
    public static let imageCacheEntries = Metric(
        "shared_ollama_image_cache_entries",
        .gauge,
        "Prepared images in the cache."
    )
    /// What that takes.
    public static let imageCacheBytes = Metric(
        "shared_ollama_image_cache_bytes",
        .gauge,
        "Memory that the cache of prepared images takes."
    )

    static let ofImages = [
        images, imageBytesSaved, imagesInWork, imageCacheRequests, imageCacheEvictions, imageCacheEntries,
        imageCacheBytes,
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
