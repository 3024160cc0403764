import Application
import ServiceLifecycle

/// Runs something in the background until the service stops.
struct BackgroundService: Service {
    let body: @Sendable () async -> Void

    func run() async throws {
        await cancelWhenGracefulShutdown { await self.body() }
    }
}

/// Tells the world that the service is on its way out, a while before the listener closes: load balancers look at
/// `/readyz` only now and then.
struct DrainNotice: Service {
    let state: DrainState
    let notice: Duration
    let clock: any ServiceClock

    func run() async throws {
        try await gracefulShutdown()
        self.state.begin()
        try await self.clock.sleep(for: self.notice)
    }
}

/// Serves until told to stop, then lets the answers in flight come to their end, but not for ever.
struct DrainingService: Service {
    let http: any Service
    let patience: Duration
    let clock: any ServiceClock
    let onDeadline: @Sendable () -> Void
    private static let lastFrames = Duration.seconds(1)

    func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.http.run() }
            group.addTask {
                try await gracefulShutdown()
                try await self.clock.sleep(for: self.patience)
                self.onDeadline()
                // Time for the last frames. What is then still open is a caller that does not finish its request.
                try await self.clock.sleep(for: DrainingService.lastFrames)
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }
}
