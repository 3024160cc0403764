import NIOCore

/// A model in memory, or on its way there.
struct Runner {
    let id: Int
    let life: RunnerLife
    /// The model that it was loaded for; aliases of the same weights use it too.
    let model: ModelDescription
    let options: RunnerOptions
    let contextLength: Int
    let places: Int
    var isLoading = true
    var keepAlive: KeepAlive
    /// Requests that use it or wait for it.
    var references = 0
    /// Requests that hold one of its places.
    var active = 0
    var waiters: [OneShot<Scheduler.Grant>] = []
    /// Chosen to make room; it goes when it is idle, unless a request resurrects it.
    var isEvicted = false
    var expiry: WallClock?
    var timer: Scheduled<Void>?

    var isIdle: Bool { references == 0 && !isLoading }
}

/// A request whose model must be loaded first.
struct PendingLoad {
    let model: ModelDescription
    let options: RunnerOptions
    let keepAlive: KeepAlive?
    let failure: EngineError?
    let granted: OneShot<Scheduler.Grant>
}
