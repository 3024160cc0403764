import Domain

/// What runs and loads have shown about each model: the ground of every estimate.
struct SpeedTable: Sendable {
    private struct Speed {
        var promptTokensPerSecond: Double?
        var tokensPerSecond: Double?
        var outputTokens: Double?
        var run: Double?
        var load: Double?
    }

    /// A model that nothing is known about takes as long as this, in seconds.
    static let unknownRun = 5.0
    /// And this to load.
    static let unknownLoad = 10.0
    /// How many models are remembered.
    static let limit = 1024

    private var speeds: [ModelName: Speed] = [:]

    /// The slot-seconds that a ticket will probably take.
    func run(of ticket: SchedulerTicket) -> Double {
        guard let speed = self.speeds[ticket.model] else { return SpeedTable.unknownRun }
        if let output = SpeedTable.output(of: ticket, usual: speed.outputTokens), let rate = speed.tokensPerSecond {
            let prompt = speed.promptTokensPerSecond.map { Double(max(0, ticket.promptTokens ?? 0)) / $0 } ?? 0
            return max(0.001, prompt + output / rate)
        }
        return speed.run ?? SpeedTable.unknownRun
    }

    /// Whether a run of a model has been measured.
    func hasRun(_ model: ModelName) -> Bool { self.speeds[model]?.run != nil }

    /// The seconds that a model will probably take to load.
    func load(of model: ModelName) -> Double {
        self.speeds[model]?.load ?? SpeedTable.unknownLoad
    }

    mutating func noteRun(_ model: ModelName, seconds: Double, figures: RunFigures?) {
        self.note(model) { speed in
            SpeedTable.blend(seconds, into: &speed.run)
            guard let figures else { return }
            SpeedTable.blend(figures.promptTokens, figures.promptTime, into: &speed.promptTokensPerSecond)
            SpeedTable.blend(figures.outputTokens, figures.outputTime, into: &speed.tokensPerSecond)
            SpeedTable.blend(Double(figures.outputTokens), into: &speed.outputTokens)
        }
    }

    mutating func noteLoad(_ model: ModelName, took: Duration) {
        self.note(model) { SpeedTable.blend(max(0, took.inSeconds), into: &$0.load) }
    }

    /// The tokens that a ticket will probably produce: callers allow far more than answers take, so their limit counts
    /// only where it is below what is usual.
    private static func output(of ticket: SchedulerTicket, usual: Double?) -> Double? {
        if let guess = ticket.outputTokens { return Double(max(0, guess)) }
        guard let limit = ticket.outputLimit, let usual else { return nil }
        return min(Double(max(0, limit)), usual)
    }

    private mutating func note(_ model: ModelName, _ change: (inout Speed) -> Void) {
        // Names come from callers: the table may not grow for ever, and what is forgotten is soon learnt again.
        if self.speeds.count >= SpeedTable.limit, self.speeds[model] == nil { self.speeds.removeAll() }
        change(&self.speeds[model, default: Speed()])
    }

    private static func blend(_ tokens: Int, _ time: Duration, into mean: inout Double?) {
        guard tokens > 0, time > .zero else { return }
        SpeedTable.blend(Double(tokens) / time.inSeconds, into: &mean)
    }

    /// The exponentially weighted mean: a fifth is new.
    private static func blend(_ value: Double, into mean: inout Double?) {
        mean = mean.map { 0.8 * $0 + 0.2 * value } ?? value
    }
}
