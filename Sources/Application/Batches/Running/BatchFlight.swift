import Domain
import Synchronization

/// One item on its way, which can be stopped from elsewhere.
final class BatchFlight: Sendable {
    /// What the item came to.
    enum Ending: Sendable {
        /// It has an outcome.
        case outcome(BatchOutcome, TokenUsage?)
        /// It waits again.
        case returned
        /// It waits again, and its project's limits are reached for a while.
        case held(Duration)
    }

    /// The item.
    let item: BatchItem
    /// What it was chosen for.
    let lot: BatchPlanner.Lot
    private let request: BatchItemRequest?
    private let stopSignal = WakeSignal()
    private let isStopped = Mutex(false)

    /// Makes a flight of an item.
    ///
    /// `path`: the route that the item is for.
    init(_ item: BatchItem, of lot: BatchPlanner.Lot, path: String, project: Project) {
        self.item = item
        self.lot = lot
        let body = (try? JSONParser.parse(item.body))?.object
        self.request = body.map { body in
            BatchItemRequest(
                path: path,
                body: body,
                bodyBytes: item.body.count,
                requestID: RequestID(generated: "\(item.batch)-\(item.line)"),
                project: project,
                isBackground: true
            )
        }
    }

    /// Stops the engine, or the wait for the next attempt; the item waits again then, if it has no answer yet.
    func stop() {
        self.isStopped.withLock { $0 = true }
        self.stopSignal.ring()
    }

    /// Runs the item until it has an outcome or is stopped.
    ///
    /// `attempts`: how often engines may fail it.
    func run(by runner: any BatchItemRunner, attempts: Int, clock: any ServiceClock) async -> Ending {
        guard let request = self.request else { return .outcome(.unanswered(.inputLost), nil) }
        var attempt = 1
        while !self.isOver {
            guard let answer = await self.answer(to: request, by: runner, clock: clock) else { break }
            switch BatchItemVerdict(answer.error, attempt: attempt, limit: attempts) {
            case .stands:
                let outcome = BatchOutcome.answered(
                    status: answer.status,
                    requestID: answer.requestID,
                    body: answer.body
                )
                return .outcome(outcome, answer.usage)
            case .again(let pause):
                attempt += 1
                await self.stopSignal.wait(atMost: pause, on: clock)
            case .wait(let pause): await self.stopSignal.wait(atMost: pause, on: clock)
            case .hold(let pause): return .held(pause)
            case .stopped: return .returned
            }
        }
        return .returned
    }

    private var isOver: Bool { Task.isCancelled || self.isStopped.withLock { $0 } }

    /// One attempt; nil if it was stopped before it had an answer.
    private func answer(
        to request: BatchItemRequest,
        by runner: any BatchItemRunner,
        clock: any ServiceClock
    ) async -> BatchItemAnswer? {
        await withTaskGroup(of: BatchItemAnswer?.self) { group in
            group.addTask { await runner.run(request) }
            group.addTask {
                await self.stopSignal.wait(atMost: nil, on: clock)
                return nil
            }
            var answer = await group.next() ?? nil
            group.cancelAll()
            // The answer may have come at the very moment.
            while let other = await group.next() { answer = answer ?? other }
            return answer
        }
    }
}
