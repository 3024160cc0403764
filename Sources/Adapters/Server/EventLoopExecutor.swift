import NIOCore

/// Runs tasks on one event loop, so that a request, its engine connection and its answer share a thread.
///
/// Jobs that become ready on the loop are collected and run in one go behind the event that made them ready.
// @unchecked: its state is touched on the event loop only; `enqueue`, which anybody may call, goes there first.
final class EventLoopExecutor: TaskExecutor, @unchecked Sendable {
    private let eventLoop: any EventLoop
    private var ready: CircularBuffer<UnownedJob> = []
    private var isDrainScheduled = false
    private var outlets: [AnswerOutlet] = []
    /// Those that wait for a job.
    private(set) var workers: [RequestWorker] = []
    private var isClosed = false
    /// Whether what runs is all that was ready.
    private(set) var isAlone = false

    init(eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        guard self.eventLoop.inEventLoop else {
            return self.eventLoop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
        }
        self.ready.append(job)
        guard !self.isDrainScheduled else { return }
        self.isDrainScheduled = true
        self.eventLoop.execute { self.drain() }
    }

    private func drain() {
        self.isDrainScheduled = false
        self.isAlone = self.ready.count == 1
        defer { self.isAlone = false }
        // Jobs that become ready meanwhile run behind the events that are already waiting: I/O is not starved.
        for _ in 0..<self.ready.count {
            guard let job = self.ready.popFirst() else { return }
            job.runSynchronously(on: self.asUnownedTaskExecutor())
        }
    }
}

extension EventLoopExecutor {
    /// Has an outlet send what it has once the event loop has nothing more urgent to do; all that do so meanwhile are served in
    /// one go.
    func send(_ outlet: AnswerOutlet) {
        self.outlets.append(outlet)
        guard self.outlets.count == 1 else { return }
        self.eventLoop.execute {
            var outlets: [AnswerOutlet] = []
            swap(&outlets, &self.outlets)
            for outlet in outlets { outlet.send() }
            // The room is used again, unless a write has made somebody ask meanwhile.
            outlets.removeAll(keepingCapacity: true)
            if self.outlets.isEmpty { self.outlets = outlets }
        }
    }
}

extension EventLoopExecutor {
    /// How many workers wait at most: what memory they keep is then a megabyte.
    static let spareWorkers = 64

    /// Has a job done by a task on the event loop, behind what has become ready before.
    func start(_ job: @escaping RequestWorker.Job) -> RequestWork {
        self.eventLoop.preconditionInEventLoop()
        if let worker = self.workers.popLast() {
            worker.wake(job)
            return worker.work
        }
        // What waits here keeps its executor until that is closed.
        return RequestWorker(job, on: self) { self.park($0) }.work
    }

    private func park(_ worker: RequestWorker) -> Bool {
        guard !self.isClosed, self.workers.count < Self.spareWorkers else { return false }
        self.workers.append(worker)
        return true
    }

    /// Has ``endWorkers()`` done on the event loop.
    fileprivate func close() async {
        try? await self.eventLoop.submit { self.endWorkers() }.get()
    }

    /// Ends the workers that wait, and those that are busy once they are done.
    func endWorkers() {
        self.isClosed = true
        for worker in self.workers { worker.wake(nil) }
        self.workers = []
    }
}

/// The executors of a group of event loops.
struct EventLoopExecutors: Sendable {
    private let executors: [ObjectIdentifier: EventLoopExecutor]

    init(_ group: any EventLoopGroup) {
        var executors: [ObjectIdentifier: EventLoopExecutor] = [:]
        for eventLoop in group.makeIterator() {
            executors[ObjectIdentifier(eventLoop)] = EventLoopExecutor(eventLoop: eventLoop)
        }
        self.executors = executors
    }

    /// The executor of an event loop; nil for one that is not of the group.
    func executor(of eventLoop: any EventLoop) -> EventLoopExecutor? {
        self.executors[ObjectIdentifier(eventLoop)]
    }

    /// Ends what waits on them for something to do.
    func close() async {
        for executor in self.executors.values { await executor.close() }
    }
}
