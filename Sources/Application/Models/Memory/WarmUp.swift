public import Domain
import Synchronization

/// Loads models into an engine of ours as soon as it answers, and fetches those that it does not have, if it may.
///
/// In the background: requests are served meanwhile, and wait in line with it. When the engine has been away, its models
/// are loaded anew.
public final class WarmUp: Sendable {
    /// How far a model is.
    public enum Phase: String, Sendable {
        /// The engine does not answer yet, or another model comes first.
        case waiting
        /// It is being fetched.
        case pulling
        /// It is being loaded.
        case loading
        /// It is in memory.
        case loaded
        /// The engine does not have it, and it may not be fetched.
        case missing
        /// It could not be fetched or loaded.
        case failed
    }

    /// How far a model is, for operators.
    public struct Progress: Sendable, Equatable {
        /// The model.
        public let model: ModelName
        /// How far it is.
        public var phase = Phase.waiting
        /// The bytes of the file that is being fetched that are there.
        public var completed: Int?
        /// The bytes of that file.
        public var total: Int?
        /// Why it failed.
        public var message: String?
    }

    private let engine: EngineName
    private let mayPull: Bool
    private let directory: EngineDirectory
    private let processes: any EngineProcesses
    private let administer: AdministerModelsUseCase
    private let memory: ModelMemoryUseCase
    private let clock: any ServiceClock
    private let ids: any IDGenerator
    private let observer: @Sendable (Progress) -> Void
    private let state: Mutex<[Progress]>

    private static let pause = Duration.seconds(1)
    /// The longest line of progress, in bytes.
    private static let longestLine = 1_048_576

    /// Prepares to warm up an engine; ``run()`` does the work.
    ///
    /// - Parameters:
    ///   - models: in the order in which they are loaded; not empty.
    ///   - engine: where; only if the service has started it.
    ///   - mayPull: whether models are fetched that the engine does not have.
    ///   - directory: the engines.
    ///   - processes: who runs engines on this machine.
    ///   - administer: has models fetched.
    ///   - memory: has models loaded, through the scheduler.
    ///   - clock: the time.
    ///   - ids: makes the ids of requests.
    ///   - observer: told whenever a model is in another phase.
    public init(
        models: [ModelName],
        engine: EngineName,
        mayPull: Bool,
        directory: EngineDirectory,
        processes: any EngineProcesses,
        administer: AdministerModelsUseCase,
        memory: ModelMemoryUseCase,
        clock: any ServiceClock,
        ids: any IDGenerator,
        observer: @escaping @Sendable (Progress) -> Void = { _ in }
    ) {
        self.engine = engine
        self.mayPull = mayPull
        self.directory = directory
        self.processes = processes
        self.administer = administer
        self.memory = memory
        self.clock = clock
        self.ids = ids
        self.observer = observer
        self.state = Mutex(models.map { Progress(model: $0) })
    }

    /// How far each model is.
    public var progress: [Progress] { self.state.withLock { $0 } }

    /// Warms up each process of the engine once it answers, until cancelled.
    public func run() async {
        let count = self.progress.count
        var warm: Int32?
        while !Task.isCancelled {
            guard let process = await self.process(after: warm) else { return }
            for index in 0..<count { self.change(index) { $0 = Progress(model: $0.model) } }
            for index in 0..<count where self.process == process { await self.warm(index) }
            // One that went away meanwhile has nothing in memory when it comes back.
            warm = self.process == process ? process : nil
        }
    }

    /// The engine's process, while it answers.
    ///
    /// A process may be followed by another so fast that nobody sees the engine away.
    private var process: Int32? {
        guard let engine = self.directory.engine(self.engine), engine.client.identity.isManaged, engine.state == .up
        else { return nil }
        return self.processes.report(on: self.engine)?.pid
    }

    /// Waits for a process that is not the one given; nil if cancelled.
    private func process(after last: Int32?) async -> Int32? {
        while true {
            if let process = self.process, process != last { return process }
            do {
                try await self.clock.sleep(for: WarmUp.pause)
            } catch {
                return nil
            }
        }
    }

    private func warm(_ index: Int) async {
        let model = self.progress[index].model
        do {
            if self.directory.engine(self.engine)?.model(model) == nil {
                guard self.mayPull else { return self.change(index) { $0.phase = .missing } }
                self.change(index) { $0.phase = .pulling }
                try await self.pull(model, index)
            }
            self.change(index) { $0.phase = .loading }
            _ = try await self.memory.load(
                model,
                for: Project(name: .default),
                as: .batch,
                requestID: RequestID(generated: self.ids.next()),
                on: self.engine
            )
            self.change(index) { $0.phase = .loaded }
        } catch {
            let message = (error as? ServiceError)?.message ?? "cancelled"
            self.change(index) {
                $0.phase = .failed
                $0.message = message
            }
        }
    }

    private func change(_ index: Int, _ body: (inout Progress) -> Void) {
        let changed = self.state.withLock { state -> Progress? in
            let before = state[index].phase
            body(&state[index])
            return state[index].phase == before ? nil : state[index]
        }
        if let changed { self.observer(changed) }
    }

    // MARK: Fetching

    /// Fetches a model, and returns when the engine has it.
    private func pull(_ model: ModelName, _ index: Int) async throws {
        var writer = JSONWriter()
        writer.object {
            $0.field("model", model.spelling)
            $0.field("stream", true)
        }
        let order = ModelOrder(
            .pull,
            body: .whole(writer.bytes),
            tellsProgress: true,
            requestID: RequestID(generated: self.ids.next())
        )
        let reply = try await self.administer.perform(order, about: model, on: self.engine)
        if reply.answer.status >= 400 { _ = try await reply.whole() }
        var rest: [UInt8] = []
        while let piece = try await reply.answer.next() {
            rest += piece
            guard rest.count <= WarmUp.longestLine else { break }
            var lines = rest.split(separator: 0x0A, omittingEmptySubsequences: false)
            rest = Array(lines.popLast() ?? [])
            for line in lines where try self.note(Array(line), of: reply, index) { return }
        }
        if try self.note(rest, of: reply, index) { return }
        throw ServiceError(.engineError, "The engine stopped fetching '\(model.spelling)' before the end.")
    }

    /// Takes a line of progress and returns whether it was the end.
    private func note(_ line: [UInt8], of reply: ModelReply, _ index: Int) throws -> Bool {
        guard let fields = (try? JSONParser.parse(line))?.object else { return false }
        if fields["error"] != nil { throw reply.error(saying: line) }
        func whole(_ key: String) -> Int? {
            guard case .number(let number)? = fields[key] else { return nil }
            return number.integer
        }
        self.change(index) {
            $0.completed = whole("completed")
            $0.total = whole("total")
        }
        return fields["status"] == .string("success")
    }
}
