import Domain

/// What we ourselves have done to the models of an engine, so that a probe's answer that was on its way meanwhile does
/// not undo it.
struct ModelMoves: Sendable {
    /// A point in the order of our moves.
    struct Mark: Sendable {
        fileprivate let registration: Int
        fileprivate let number: Int
    }

    /// The most models that are remembered; the eldest is forgotten, whose probe has long been answered.
    private static let limit = 256

    /// Which of the engines that have had its name it is.
    let registration: Int
    private var number = 0
    private var touched: [ModelName: Int] = [:]
    private var moving: [ModelName: Int] = [:]

    init(registration: Int) {
        self.registration = registration
    }

    /// The present point.
    var mark: Mark { Mark(registration: self.registration, number: self.number) }

    /// Whether a mark is one of this engine's, not of one that had its name before.
    func mayCount(_ mark: Mark) -> Bool { mark.registration == self.registration }

    /// The models that are being loaded or unloaded.
    var underWay: [ModelName] { Array(self.moving.keys) }

    mutating func touch(_ model: ModelName) {
        self.number += 1
        self.touched[model] = self.number
        guard self.touched.count > Self.limit, let eldest = self.touched.min(by: { $0.value < $1.value }) else {
            return
        }
        self.touched[eldest.key] = nil
    }

    mutating func begin(_ model: ModelName) {
        self.touch(model)
        self.moving[model, default: 0] += 1
    }

    mutating func end(_ model: ModelName) {
        self.touch(model)
        let count = (self.moving[model] ?? 1) - 1
        self.moving[model] = count > 0 ? count : nil
    }

    /// A report in which the models that we have moved since the mark are as they were known before.
    func corrected(_ report: EngineReport, previous: EngineReport?, since mark: Mark) -> EngineReport {
        let ours = Set(self.moving.keys).union(self.touched.filter { $0.value > mark.number }.keys)
        guard !ours.isEmpty, let previous else { return report }
        var corrected = report
        corrected.loaded =
            report.loaded.filter { !ours.contains($0.name) } + previous.loaded.filter { ours.contains($0.name) }
        return corrected
    }
}
