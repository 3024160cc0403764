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
}
