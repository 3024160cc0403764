/// Keeps the registry up to date with the keys in the database: what the command line adds or revokes counts within a
/// second.
public struct KeyWatch: Sendable {
    /// The time between two looks.
    public static let interval = Duration.milliseconds(400)

    private let registry: ProjectRegistry
    private let store: any KeyStore
    private let clock: any ServiceClock
    private let onFailure: @Sendable (any Error) -> Void

    /// Creates a watch.
    ///
    /// `onFailure`: told once whenever the store begins to fail; the keys that are known go on to count.
    public init(
        registry: ProjectRegistry,
        store: any KeyStore,
        clock: any ServiceClock,
        onFailure: @escaping @Sendable (any Error) -> Void
    ) {
        self.registry = registry
        self.store = store
        self.clock = clock
        self.onFailure = onFailure
    }

    /// Looks once.
    ///
    /// - Throws: an error of the store.
    public func refresh() async throws {
        self.registry.replace(try await self.store.keys())
    }

    /// Looks for as long as the task lives.
    public func run() async {
        var isFailing = false
        while (try? await self.clock.sleep(for: KeyWatch.interval)) != nil {
            do {
                try await self.refresh()
                isFailing = false
            } catch {
                if !isFailing, !(error is CancellationError) { self.onFailure(error) }
                isFailing = true
            }
        }
    }
}
