public import Domain

/// What a series of trials has shown.
public struct TrialResults: Sendable {
    /// Several readings of the same thing.
    public struct Spread: Sendable, Hashable {
        /// The middle one.
        public let median: Double
        /// The least.
        public let least: Double
        /// The most.
        public let most: Double

        init?(_ values: [Double]) {
            let sorted = values.sorted()
            guard let least = sorted.first, let most = sorted.last else { return nil }
            let middle = sorted.count / 2
            self.median = sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
            self.least = least
            self.most = most
        }
    }

    /// What is tried; the first is the way that it is now.
    public let settings: [TrialSetting]
    /// The models.
    public let models: [ModelName]
    /// Why a way is out.
    public internal(set) var failures: [TrialSetting: String] = [:]
    private var measurements: [TrialSetting: [ModelName: [TrialMeasurement]]] = [:]

    init(settings: [TrialSetting], models: [ModelName]) {
        self.settings = settings
        self.models = models
    }

    mutating func add(_ measurement: TrialMeasurement, of model: ModelName, at setting: TrialSetting) {
        self.measurements[setting, default: [:]][model, default: []].append(measurement)
    }

    // MARK: Reading

    /// The readings of something.
    ///
    /// - Returns: nil where there is none.
    public func spread(
        of model: ModelName,
        at setting: TrialSetting,
        _ reading: (TrialMeasurement) -> Double?
    ) -> Spread? {
        Spread((self.measurements[setting]?[model] ?? []).compactMap(reading))
    }

    /// Tokens a second with all that a way may have at once, beside the present way: the mean over the models, so that a
    /// small model's gain weighs as a large one's.
    private func throughput(_ setting: TrialSetting, _ pick: (Spread) -> Double) -> Double? {
        guard self.failures[setting] == nil, let present = self.settings.first else { return nil }
        var sum = 0.0
        for model in self.models {
            guard let spread = self.spread(of: model, at: setting, { $0.rates[setting.parallel] }),
                let before = self.spread(of: model, at: present, { $0.rates[present.parallel] }), before.median > 0
            else { return nil }
            sum += pick(spread) / before.median
        }
        return sum / Double(self.models.count)
    }

    /// The way that writes most in all; the present one where none is better beyond the noise.
    ///
    /// One is better if its worst round is above the best round of the present one.
    public var best: TrialSetting {
        let present = self.settings[0]
        let bar = self.throughput(present, \.most) ?? 0
        let better = self.settings.dropFirst().filter { (self.throughput($0, \.least) ?? 0) > bar }
        return better.max { (self.throughput($0, \.median) ?? 0) < (self.throughput($1, \.median) ?? 0) } ?? present
    }

    /// How much more the best way writes than the present one: 1 is as much.
    public var gain: Double { self.throughput(self.best, \.median) ?? 1 }
}
