import Application
import Infrastructure
import ServiceLifecycle

/// What keeps answers for requests with an `Idempotency-Key`.
struct IdempotencyKeeping: Sendable {
    /// What the routes ask.
    let useCase: IdempotencyUseCase
    /// What runs in the background.
    let services: [any Service]

    /// Builds it; nil where it is switched off.
    init?(_ configuration: ServiceConfiguration.Idempotency, database: ServiceDatabase, clock: any ServiceClock) {
        guard configuration.enabled else { return nil }
        let store = SQLiteIdempotencyStore(database: database)
        let keep = Duration.seconds(3600 * configuration.keepHours)
        self.useCase = IdempotencyUseCase(
            store: store,
            digest: LibcryptoDigest(),
            clock: clock,
            settings: IdempotencyUseCase.Settings(
                keep: keep,
                maxBytes: configuration.maxBytes,
                bounds: IdempotencyBounds(records: configuration.maxRecords, bytes: configuration.maxProjectBytes)
            )
        )
        let retention = Retention(.init(keep: keep, interval: .seconds(600), batch: 200), clock: clock) {
            try await store.removeRecords(before: $0, atMost: $1)
        }
        self.services = [BackgroundService { await retention.run() }]
    }
}
