public import Domain
import Synchronization

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// How much memory a machine has left: the port behind which the kernel stands.
public protocol FreeMemoryReading: Sendable {
    /// The part of the memory that programs can still get, 0 to 1; nil where that is not known.
    func availablePart() -> Double?
}

/// Unloads models of engines of ours that have been idle beyond their time, and the least valuable where the machine runs
/// out of memory.
public final class MemoryKeeper: Sendable {
    /// A model at an engine.
    private struct Place: Hashable {
        let engine: EngineName
        let model: ModelName
    }

    /// A model was unloaded.
    public struct Unloaded: Sendable, Equatable {
        /// The engine.
        public let engine: EngineName
        /// The model.
        public let model: ModelName
        /// Whether the machine had too little memory left; else the model's time was over.
        public let isForMemory: Bool
    }

    /// Below this part of the machine's memory it counts as short.
    private static let shortage = 0.05

    private let directory: EngineDirectory
    private let memory: ModelMemoryUseCase
    private let running: @Sendable (ModelName, EngineName) -> Int
    private let free: any FreeMemoryReading
    private let clock: any ServiceClock
    private let interval: Duration
    private let policy: MemoryPolicy
    private let observer: @Sendable (Unloaded) -> Void
    private let lastUse = Mutex<[Place: MonotonicInstant]>([:])

    /// Creates a keeper; ``run()`` does the work.
    ///
    /// - Parameters:
    ///   - directory: the engines.
    ///   - memory: has models unloaded, and never one that is in use.
    ///   - running: how many requests of a model, by its scheduled name, run on an engine.
    ///   - free: how much memory is left.
    ///   - clock: the time.
    ///   - interval: the time between two looks.
    ///   - policy: the rules.
    ///   - observer: told of every model that was unloaded.
    public init(
        directory: EngineDirectory,
        memory: ModelMemoryUseCase,
        running: @escaping @Sendable (ModelName, EngineName) -> Int,
        free: any FreeMemoryReading,
        clock: any ServiceClock,
        interval: Duration,
        policy: MemoryPolicy = MemoryPolicy(),
        observer: @escaping @Sendable (Unloaded) -> Void = { _ in }
    ) {
        self.directory = directory
        self.memory = memory
        self.running = running
        self.free = free
        self.clock = clock
        self.interval = interval
        self.policy = policy
        self.observer = observer
    }

    /// Looks again and again until cancelled.
    public func run() async {
        while !Task.isCancelled {
            await self.look()
            try? await self.clock.sleep(for: self.interval)
        }
    }

    /// Looks once.
    func look() async {
        let engines = self.directory.engines.filter { engine in
            engine.state == .up && engine.client.identity.isManaged && engine.client.identity.kind == .ollama
        }
        let residents = engines.map { ($0.client.identity.name, self.residents(of: $0)) }
        let isShort = self.free.availablePart().map { $0 < MemoryKeeper.shortage } ?? false
        for (engine, models) in residents {
            for model in self.policy.unload(models, isShort: isShort) {
                // It may have come into use meanwhile; then it stays.
                let unloaded = try? await self.memory.unload(model, on: engine)
                if unloaded?.isEmpty ?? true { continue }
                let isOverdue = models.contains { $0.name == model && $0.overdue != nil }
                self.observer(Unloaded(engine: engine, model: model, isForMemory: !isOverdue))
            }
        }
    }

    private func residents(of engine: EngineDirectory.Engine) -> [ResidentModel] {
        let (name, now) = (engine.client.identity.name, self.clock.now)
        let loaded = engine.report?.loaded ?? []
        return self.lastUse.withLock { lastUse in
            lastUse = lastUse.filter { entry in
                entry.key.engine != name || loaded.contains { $0.name == entry.key.model }
            }
            return loaded.map { model in
                let place = Place(engine: name, model: model.name)
                let scheduled = self.directory.scheduledName(of: model.name)
                let isInUse = self.running(scheduled, name) > 0
                if isInUse || lastUse[place] == nil { lastUse[place] = now }
                return ResidentModel(
                    name: model.name,
                    isInUse: isInUse,
                    isPinned: self.directory.isPinned(model.name, on: name),
                    idle: now - (lastUse[place] ?? now),
                    overdue: self.overdue(model),
                    bytes: model.bytes ?? 0
                )
            }
        }
    }

    private func overdue(_ model: LoadedModel) -> Duration? {
        guard let time = model.expiresAt.flatMap({ ModificationTime(rfc3339: $0) }) else { return nil }
        let now = Int(self.clock.wallTime.timeIntervalSince1970)
        return now > time.seconds ? .seconds(now - time.seconds) : nil
    }
}
