import Logging
import Synchronization

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Takes finished lines and has a thread of its own write them, so that no event loop waits for a disk or a terminal.
///
/// What waits is bounded: while the sink is slower than the service talks, lines are dropped and the log says how many.
public final class LogWriter: Sendable {
    /// The most bytes that wait to be written unless it is said otherwise: some ten thousand lines.
    static let standardCapacity = 4_194_304

    private struct Queue {
        var bytes: [UInt8] = []
        var dropped = 0
    }

    private struct Output {
        var sink: any LogSink
        /// The bytes being written; its memory is exchanged with the queue's, so that neither grows anew.
        var batch: [UInt8] = []
        /// Lines that the sink could not take and of which the log does not tell yet.
        var lost = 0
    }

    private let queue = Mutex(Queue())
    private let output: Mutex<Output>
    private let format: LogFormat
    private let capacity: Int
    private let onLoss: @Sendable (Int) -> Void
    private let bell: Bell?
    /// Set once nobody waits any more: lines are then written by whoever logs them, and the sink may not take long.
    private let isClosed: Atomic<Bool>

    /// How long a line may wait for others, in milliseconds.
    private static let gathering: Int32 = 50

    /// Creates a writer and starts its thread.
    ///
    /// - Parameters:
    ///   - sink: where the lines go.
    ///   - format: how the writer's own lines look.
    ///   - capacity: the most bytes that wait to be written.
    ///   - onLoss: told how many lines were lost, by whoever writes.
    init(
        sink: any LogSink,
        format: LogFormat,
        capacity: Int = LogWriter.standardCapacity,
        onLoss: @escaping @Sendable (Int) -> Void = { _ in }
    ) {
        self.output = Mutex(Output(sink: sink))
        self.format = format
        self.capacity = capacity
        self.onLoss = onLoss
        self.bell = Bell()
        self.isClosed = Atomic(self.bell == nil)
        guard let bell else { return }
        let isRunning = SystemThread.start { [weak self] in
            while bell.wait() {
                // Many lines are then written at once, and whoever logs them rings only for the first. The writer is not
                // held meanwhile: one that nobody else holds writes what it has as it goes.
                SystemThread.sleep(milliseconds: LogWriter.gathering)
                guard let self, !self.isClosed.load(ordering: .acquiring) else { return }
                self.drain()
            }
        }
        if !isRunning { self.isClosed.store(true, ordering: .releasing) }
    }

    deinit {
        self.close()
    }

    /// Puts a line, its line end included, behind those that wait.
    ///
    /// Does not block.
    func write(_ line: [UInt8]) {
        let (isFirst, isTaken) = self.queue.withLock { queue in
            guard queue.bytes.count + line.count <= self.capacity else {
                queue.dropped += 1
                return (false, false)
            }
            let isFirst = queue.bytes.isEmpty
            queue.bytes.append(contentsOf: line)
            return (isFirst, true)
        }
        guard isTaken else { return }
        if self.isClosed.load(ordering: .acquiring) {
            self.drain()
        } else if isFirst {
            self.bell?.ring()
        }
    }

    /// Writes what waits, and from now on every line at once.
    ///
    /// Takes a few seconds at most, even if nobody reads.
    public func close() {
        guard !self.isClosed.exchange(true, ordering: .acquiringAndReleasing) else { return }
        self.drain()
        self.bell?.ring()
    }

    /// Writes everything that waits.
    ///
    /// Only one thread does so at a time.
    func drain() {
        self.output.withLock { output in
            while let dropped = self.take(into: &output.batch) {
                let missing = dropped + output.lost
                if missing > 0 { output.batch += self.notice(of: missing) }
                let unwritten = output.sink.write(output.batch) { self.isClosed.load(ordering: .relaxed) }
                // The notice is the last line: if anything was lost, it was, and what it told is still to be told.
                output.lost = unwritten == 0 ? 0 : unwritten + (missing > 0 ? missing - 1 : 0)
                let lost = dropped + (unwritten > 0 && missing > 0 ? unwritten - 1 : unwritten)
                if lost > 0 { self.onLoss(lost) }
            }
        }
    }

    /// Exchanges the queue for an empty one.
    ///
    /// Gives how many lines were dropped meanwhile, or nil if nothing waits.
    private func take(into batch: inout [UInt8]) -> Int? {
        batch.removeAll(keepingCapacity: true)
        return self.queue.withLock { queue in
            guard !queue.bytes.isEmpty else { return nil }
            swap(&queue.bytes, &batch)
            defer { queue.dropped = 0 }
            return queue.dropped
        }
    }

    private func notice(of missing: Int) -> [UInt8] {
        self.format.line(
            time: Date(),
            level: .warning,
            message: "log lines were dropped",
            content: DroppedLines(count: missing)
        )
    }

    private struct DroppedLines: LogContent {
        let count: Int

        func write(to fields: inout some LogFields) {
            fields.field("dropped", self.count)
        }
    }
}
