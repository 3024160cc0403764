import Application
import SchedulerLoad

/// Measures decisions of the scheduler, and of first-in-first-out, while many tickets wait.
///
/// A decision is one event and the actions that follow: in turn the arrival of a ticket and the end of a run, which starts
/// another one, so that as many wait at the end as at the beginning.
@main
struct SchedulerBench {
    static func main() throws {
        print("microseconds a decision, the best of 5 rounds")
        print(Self.row(["waiting", "engines", "shared-ollama", "first-in-first-out"]))
        for (engines, waiting) in [(1, 100), (1, 1_000), (1, 10_000), (1, 100_000), (20, 10_000), (200, 10_000)] {
            let shared = try Self.measure(Scheduler(settings: .endless), engines: engines, waiting: waiting)
            let plain = try Self.measure(FIFOScheduler(settings: .endless), engines: engines, waiting: waiting)
            print(Self.row(["\(waiting)", "\(engines)", Self.text(shared), Self.text(plain)]))
        }
    }

    private static func measure(_ policy: some SchedulingPolicy, engines: Int, waiting: Int) throws -> Double {
        var load = try SchedulerLoad(policy, engines: engines, waiting: waiting)
        let decisions = 20_000
        var best = Double.infinity
        for _ in 0..<5 {
            let time = ContinuousClock().measure {
                for _ in 0..<decisions / 2 { load.step() }
            }
            best = min(best, Double(time.nanoseconds) / 1_000 / Double(decisions))
        }
        return best
    }

    private static func row(_ cells: [String]) -> String {
        cells.map { String(repeating: " ", count: max(0, 20 - $0.count)) + $0 }.joined()
    }

    private static func text(_ value: Double) -> String {
        let hundredths = Int((value * 100).rounded())
        let rest = hundredths % 100
        return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)"
    }
}
