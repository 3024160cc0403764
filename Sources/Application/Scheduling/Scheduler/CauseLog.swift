import Domain

/// Why a ticket's position can grow.
public enum QueueCause: String, Sendable, CaseIterable {
    /// A ticket of a higher class arrived.
    case higherClassArrived = "higher_class_arrived"
    /// A project below its share became active, or tickets of a lower class have waited long enough to count.
    case projectBelowShare = "project_below_share"
    /// An engine went down, has fewer slots, or failed to load a model.
    case engineGone = "engine_gone"
    /// A model makes room for another.
    case modelSwap = "model_swap"
}

/// When each cause was last seen.
struct CauseLog: Sendable {
    /// The number of the latest cause.
    private(set) var sequence = 0
    private var general: [QueueCause: Int] = [:]
    private var byClass = ClassValues<[QueueCause: Int]>([:])

    /// Notes a cause for everybody.
    mutating func note(_ cause: QueueCause) {
        self.sequence += 1
        self.general[cause] = self.sequence
    }

    /// Notes a cause for the tickets that compete in a class.
    mutating func note(_ cause: QueueCause, in requestClass: RequestClass) {
        self.sequence += 1
        self.byClass[requestClass][cause] = self.sequence
    }

    /// The latest cause after a point that concerns tickets of a class that count as a level.
    func latest(after sequence: Int, class requestClass: RequestClass, level: RequestClass) -> QueueCause? {
        var best: (cause: QueueCause, at: Int)?
        func consider(_ causes: [QueueCause: Int], _ cause: QueueCause) {
            guard let at = causes[cause], at > sequence, at > best?.at ?? 0 else { return }
            best = (cause, at)
        }
        consider(self.general, .engineGone)
        consider(self.general, .modelSwap)
        for other in RequestClass.allCases where other < requestClass {
            consider(self.byClass[other], .higherClassArrived)
        }
        for other in RequestClass.allCases where level <= other && other <= requestClass {
            consider(self.byClass[other], .projectBelowShare)
        }
        return best?.cause
    }
}
