import NIOCore
import NIOEmbedded
import Synchronization
import Testing

@testable import Adapters

@Suite("Tasks that answer one request after the other")
struct RequestWorkerTests {
    /// What a job has found out about its cancellation.
    private final class Findings: Sendable {
        private let cancelled = Mutex<[Bool]>([])

        var all: [Bool] { self.cancelled.withLock { $0 } }

        func note(_ isCancelled: Bool) { self.cancelled.withLock { $0.append(isCancelled) } }
    }

    /// Jobs that wait until they are let go.
    private final class Gate: Sendable {
        private let waiters = Mutex<[UnsafeContinuation<Void, Never>]>([])

        func wait() async { await withUnsafeContinuation { waiter in self.waiters.withLock { $0.append(waiter) } } }

        func open() { for waiter in self.waiters.withLock({ exchange(&$0, with: []) }) { waiter.resume() } }

        private func exchange<Value>(_ value: inout Value, with other: Value) -> Value {
            defer { value = other }
            return value
        }
    }

    private let loop = EmbeddedEventLoop()
    private let findings = Findings()
    private var executor: EventLoopExecutor

    init() { self.executor = EventLoopExecutor(eventLoop: self.loop) }

    private func start() -> RequestWork {
        self.executor.start { [findings = self.findings] in findings.note(Task.isCancelled) }
    }

    private static func worker(of work: RequestWork) -> RequestWorker? {
        if case .job(let worker, _) = work { worker } else { nil }
    }

    @Test("One that is done takes the next request")
    func again() {
        let first = self.start()
        #expect(self.findings.all.isEmpty)
        self.loop.run()
        let second = self.start()
        self.loop.run()
        #expect(self.findings.all == [false, false])
        #expect(Self.worker(of: first) === Self.worker(of: second))
    }

    @Test("One that is busy does not: the next request has another")
    func side() {
        let gate = Gate()
        let first = self.executor.start { await gate.wait() }
        self.loop.run()
        let second = self.start()
        self.loop.run()
        #expect(self.findings.all == [false])
        #expect(Self.worker(of: first) !== Self.worker(of: second))
        gate.open()
        self.loop.run()
        #expect(self.executor.workers.count == 2)
    }

    @Test("Who is cancelled knows it, and is not used again")
    func cancelled() {
        let work = self.start()
        work.cancel()
        self.loop.run()
        #expect(self.findings.all == [true])
        #expect(self.executor.workers.isEmpty)
        _ = self.start()
        self.loop.run()
        #expect(self.findings.all == [true, false])
    }

    @Test("To cancel a request that is over does nothing to the one that its worker has by then")
    func late() {
        let first = self.start()
        self.loop.run()
        first.cancel()
        let second = self.start()
        first.cancel()
        self.loop.run()
        #expect(self.findings.all == [false, false])
        #expect(Self.worker(of: first) === Self.worker(of: second))
    }

    @Test("No more than some wait for another request, however many there were at once")
    func bounded() {
        let gate = Gate()
        for _ in 0..<(3 * EventLoopExecutor.spareWorkers) { _ = self.executor.start { await gate.wait() } }
        self.loop.run()
        gate.open()
        self.loop.run()
        #expect(self.executor.workers.count == EventLoopExecutor.spareWorkers)
    }

    @Test("In the end those that wait are gone, and those that are busy once they are done")
    func end() {
        let gate = Gate()
        weak let idle = Self.worker(of: self.start())
        self.loop.run()
        weak let busy = Self.worker(of: self.executor.start { await gate.wait() })
        weak let other = Self.worker(of: self.start())
        self.loop.run()
        #expect(idle === busy && other != nil)
        self.executor.endWorkers()
        self.loop.run()
        #expect(other == nil && busy != nil)
        gate.open()
        self.loop.run()
        #expect(busy == nil)
    }
}
