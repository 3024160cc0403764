import Synchronization

/// A task that answers requests one after the other, on one event loop.
///
/// To make a task, and the memory of its frames in a dozen pieces, takes as long as to read a request: one that is done waits for the next.
/// One that was cancelled stays so, and is not used again.
// @unchecked: `job` and `sleeper` are touched on the event loop only, where the task runs between its jobs.
final class RequestWorker: @unchecked Sendable {
    typealias Job = @Sendable () async -> Void

    private struct State {
        var task: Task<Void, Never>?
        /// The number of the present job, or of the one before.
        var number = 0
        var isBusy = false
        var isCancelled = false
    }

    private let state = Mutex(State())
    private var job: Job?
    private var sleeper: UnsafeContinuation<Void, Never>?

    /// Begins with a job; `park`: whether the worker is to wait for another.
    init(_ job: @escaping Job, on executor: EventLoopExecutor, park: @escaping @Sendable (RequestWorker) -> Bool) {
        self.take(job)
        let task = Task(executorPreference: executor) {
            while let job = self.job.take() {
                await job()
                guard self.ended(), park(self) else { return }
                await withUnsafeContinuation { self.sleeper = $0 }
            }
        }
        self.state.withLock { $0.task = task }
    }

    /// The present job.
    var work: RequestWork { .job(self, self.state.withLock(\.number)) }

    /// Goes on with a job, or ends with none.
    func wake(_ job: Job?) {
        if let job { self.take(job) }
        self.sleeper.take()?.resume()
    }

    private func take(_ job: @escaping Job) {
        self.job = job
        self.state.withLock { state in
            state.number += 1
            state.isBusy = true
        }
    }

    /// Nobody cancels the job any more; returns whether nobody has.
    private func ended() -> Bool {
        self.state.withLock { state in
            state.isBusy = false
            return !state.isCancelled
        }
    }

    /// Cancels the job with a number, unless it is over.
    fileprivate func cancel(_ number: Int) {
        // Under the lock, which no handler of a cancellation takes: else it could be another job by now.
        self.state.withLock { state in
            guard state.isBusy, state.number == number else { return }
            state.isCancelled = true
            state.task?.cancel()
        }
    }
}

/// What answers a request, to be cancelled.
enum RequestWork: Sendable {
    /// A task of its own.
    case task(Task<Void, Never>)
    /// The job of a worker that has a number.
    case job(RequestWorker, Int)

    /// Cancels the work, unless it is over.
    func cancel() {
        switch self {
        case .task(let task): task.cancel()
        case .job(let worker, let number): worker.cancel(number)
        }
    }
}
