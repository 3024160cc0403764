import Domain

/// What a run counts while it goes on.
struct SimulationTally {
    var rows: [SimulationReport.Row]
    var waits: [[Double]]
    var loads = 0
    var swaps = 0
    var served = 0
    private var seconds: [Double]
    private let scenario: Scenario
    private let slots: Int

    init(_ scenario: Scenario, slots: Int) {
        self.scenario = scenario
        self.slots = slots
        self.waits = scenario.projects.map { _ in [] }
        self.seconds = scenario.projects.map { _ in 0 }
        self.rows = scenario.projects.map { project in
            let rivals = scenario.projects.filter { $0.requestClass == project.requestClass }
            let weights = rivals.reduce(0) { $0 + $1.share.weight }
            var row = SimulationReport.Row(
                name: project.share.name.description,
                requestClass: project.requestClass,
                weight: project.share.weight
            )
            row.promised = project.share.weight / weights
            return row
        }
    }

    mutating func end(_ project: Int, from start: Double, to end: Double) {
        self.seconds[project] += end - start
    }

    func report(_ policy: String) -> SimulationReport {
        var report = SimulationReport(policy: policy)
        let total = self.seconds.reduce(0, +)
        report.projects = self.rows
        for index in self.rows.indices {
            let mine = self.rows.indices.filter { self.rows[$0].requestClass == self.rows[index].requestClass }
            let ofClass = mine.reduce(0) { $0 + self.seconds[$1] }
            report.projects[index].waits = .init(self.waits[index])
            report.projects[index].share = total > 0 ? self.seconds[index] / total : 0
            report.projects[index].shareOfClass = ofClass > 0 ? self.seconds[index] / ofClass : 0
        }
        report.classes = RequestClass.allCases.compactMap { self.row(of: $0, total: total) }
        report.loads = self.loads
        report.swaps = self.swaps
        report.served = self.served
        report.utilisation = total / (Double(max(1, self.slots)) * max(0.001, self.scenario.seconds))
        return report
    }

    private func row(of requestClass: RequestClass, total: Double) -> SimulationReport.Row? {
        let mine = self.rows.indices.filter { self.rows[$0].requestClass == requestClass }
        guard !mine.isEmpty else { return nil }
        var row = SimulationReport.Row(name: requestClass.rawValue, requestClass: requestClass)
        for index in mine {
            row.arrived += self.rows[index].arrived
            row.refused += self.rows[index].refused
            row.expired += self.rows[index].expired
            row.share += total > 0 ? self.seconds[index] / total : 0
        }
        row.waits = .init(mine.flatMap { self.waits[$0] })
        row.shareOfClass = 1
        return row
    }
}
