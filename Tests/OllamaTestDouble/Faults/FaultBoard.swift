import Synchronization

/// The faults that are set now.
///
/// Tests change them while requests run; each request reads them once, at its start.
final class FaultBoard: Sendable {
    private struct Rule {
        var fault: Fault
        var scope: FaultScope
        var timesLeft: Int?
    }

    private let rules = Mutex<[Rule]>([])

    func set(_ fault: Fault, times: Int?, scope: FaultScope) {
        rules.withLock { $0.append(Rule(fault: fault, scope: scope, timesLeft: times)) }
    }

    func clear() {
        rules.withLock { $0.removeAll() }
    }

    /// The faults of this request; each of them is used up once.
    func plan(for request: RecordedRequest) -> FaultPlan {
        rules.withLock { rules in
            guard !rules.isEmpty else { return FaultPlan() }
            let faults = Self.take(from: &rules) { rule in
                rule.fault != .refuseConnections
                    && rule.scope.covers(request)
            }
            return FaultPlan(faults)
        }
    }

    /// Whether the connection that was accepted just now is closed at once.
    func refusesConnection() -> Bool {
        rules.withLock { rules in !Self.take(from: &rules) { $0.fault == .refuseConnections }.isEmpty }
    }

    private static func take(from rules: inout [Rule], where applies: (Rule) -> Bool) -> [Fault] {
        var faults: [Fault] = []
        for index in rules.indices where applies(rules[index]) {
            faults.append(rules[index].fault)
            if let left = rules[index].timesLeft { rules[index].timesLeft = left - 1 }
        }
        rules.removeAll { $0.timesLeft == 0 }
        return faults
    }
}
