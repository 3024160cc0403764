public import Domain

/// Tries ways of starting an engine, turn by turn, so that what the machine does meanwhile meets all of them.
public struct TrialSeries: Sendable {
    /// How far it is.
    public struct Progress: Sendable, Equatable {
        /// The engines that have been started and measured.
        public let done: Int
        /// All that will be.
        public let total: Int
        /// The way that is tried next; nil at the end.
        public let setting: TrialSetting?
    }

    /// What is tried; the first is the way that it is now.
    public let settings: [TrialSetting]
    /// The models, each measured in an engine that has just been started.
    public let models: [ModelName]
    /// How often each is measured, at least 1.
    public let rounds: Int
    private let engines: any TrialEngines
    private let meter: TrialMeter

    /// Prepares a series.
    ///
    /// - Parameters:
    ///   - settings: what is tried; the first is the way that it is now. Not empty.
    ///   - models: the models.
    ///   - rounds: how often each is measured.
    ///   - tokens: the longest answer, in tokens.
    ///   - engines: starts engines.
    ///   - clock: the time.
    ///   - ids: makes the ids of requests.
    public init(
        settings: [TrialSetting],
        models: [ModelName],
        rounds: Int,
        tokens: Int,
        engines: any TrialEngines,
        clock: any ServiceClock,
        ids: any IDGenerator
    ) {
        self.settings = settings
        self.models = models
        self.rounds = max(1, rounds)
        self.engines = engines
        self.meter = TrialMeter(tokens: tokens, clock: clock, ids: ids)
    }

    /// Runs it.
    ///
    /// A way that fails is out, and why is in the results; the others go on.
    ///
    /// - Parameter observer: told before each engine, and at the end.
    /// - Returns: what came of it.
    /// - Throws: ``ServiceError`` if the way that it is now fails; `CancellationError`. No engine of the series runs then.
    public func run(observer: @Sendable (Progress) -> Void = { _ in }) async throws -> TrialResults {
        var results = TrialResults(settings: self.settings, models: self.models)
        let total = self.rounds * self.settings.count * self.models.count
        var done = 0
        for _ in 0..<self.rounds {
            for setting in self.settings {
                for model in self.models {
                    try Task.checkCancellation()
                    observer(Progress(done: done, total: total, setting: setting))
                    done += 1
                    guard results.failures[setting] == nil else { continue }
                    do {
                        results.add(try await self.measure(model, setting), of: model, at: setting)
                    } catch let error as ServiceError where setting != self.settings[0] {
                        results.failures[setting] = error.message
                    }
                }
            }
        }
        observer(Progress(done: total, total: total, setting: nil))
        return results
    }

    private func measure(_ model: ModelName, _ setting: TrialSetting) async throws -> TrialMeasurement {
        try await self.engines.withEngine(setting) { [meter = self.meter] engine in
            try await meter.measure(model, on: engine, parallel: setting.parallel)
        }
    }
}
