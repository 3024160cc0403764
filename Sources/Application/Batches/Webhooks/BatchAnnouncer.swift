public import Domain

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Tells projects of the end of their batches.
///
/// Who is to be told, and of what, is in the store: a message that was not delivered before a restart is delivered after it.
/// An address that does not answer is tried for an hour after the batch's end.
public final class BatchAnnouncer: Sendable {
    /// What became of a message.
    public enum Event: Sendable {
        /// The project has it.
        case delivered(BatchID, ProjectName)
        /// It was not taken, and is tried again; the reason is for operators.
        case refused(BatchID, ProjectName, reason: String)
        /// It was not taken for an hour.
        case givenUp(BatchID, ProjectName, reason: String)
        /// The store failed.
        case trouble(any Error)
    }

    /// What it works with.
    public struct Parts: Sendable {
        let store: any BatchAnnouncements
        let sender: any WebhookSender
        let digest: any DigestFunction
        let base64: any Base64Coding
        let clock: any ServiceClock
        let webhook: @Sendable (ProjectName) -> BatchWebhook?
        let observer: @Sendable (Event) -> Void

        /// Puts the parts together; `webhook` tells where a project wants to be told, nil nowhere.
        public init(
            store: any BatchAnnouncements,
            sender: any WebhookSender,
            digest: any DigestFunction,
            base64: any Base64Coding,
            clock: any ServiceClock,
            webhook: @escaping @Sendable (ProjectName) -> BatchWebhook?,
            observer: @escaping @Sendable (Event) -> Void
        ) {
            self.store = store
            self.sender = sender
            self.digest = digest
            self.base64 = base64
            self.clock = clock
            self.webhook = webhook
            self.observer = observer
        }
    }

    /// How long after a batch's end it is told of it.
    private static let patience: TimeInterval = 3600
    /// The time between two looks.
    private static let interval = Duration.seconds(10)
    /// The first wait after a refusal; each further one doubles it.
    private static let firstPause: TimeInterval = 5
    /// The longest wait after a refusal.
    private static let longestPause: TimeInterval = 600
    /// How many batches are looked at together.
    private static let maximumBatches = 100

    private let parts: Parts
    private let wake = WakeSignal()

    /// Creates an announcer; nothing is told before ``run()``.
    public init(_ parts: Parts) {
        self.parts = parts
    }

    /// Some batch has come to its end.
    public func batchEnded() {
        self.wake.ring()
    }

    /// Tells until the task is cancelled.
    public func run() async {
        var attempts: [BatchID: (count: Int, next: Date)] = [:]
        while !Task.isCancelled {
            do {
                let batches = try await self.parts.store.unannounced(atMost: Self.maximumBatches)
                attempts = attempts.filter { id, _ in batches.contains { $0.id == id } }
                for batch in batches {
                    let attempt = attempts[batch.id]
                    guard attempt.map({ $0.next <= self.parts.clock.wallTime }) ?? true else { continue }
                    if try await self.announce(batch) { continue }
                    let count = (attempt?.count ?? 0) + 1
                    let pause = min(Self.longestPause, Self.firstPause * Double(1 << min(10, count - 1)))
                    attempts[batch.id] = (count, self.parts.clock.wallTime.addingTimeInterval(pause))
                }
            } catch {
                if !Task.isCancelled { self.parts.observer(.trouble(error)) }
            }
            let next = attempts.values.map(\.next).min()?.timeIntervalSince(self.parts.clock.wallTime)
            let wait = next.map { min(Self.interval, .seconds(max(0.1, $0))) } ?? Self.interval
            await self.wake.wait(atMost: wait, on: self.parts.clock)
        }
    }

    /// Tells of a batch.
    ///
    /// - Returns: whether that is settled, be it because there is nobody to tell.
    private func announce(_ batch: Batch) async throws -> Bool {
        let now = self.parts.clock.wallTime
        guard let webhook = self.parts.webhook(batch.project) else {
            try await self.parts.store.noteAnnounced(batch.id)
            return true
        }
        let reason: String
        do {
            let status = try await self.parts.sender.post(
                Self.message(of: batch),
                headers: self.headers(of: batch, for: webhook),
                to: webhook.url
            )
            if (200..<300).contains(status) {
                try await self.parts.store.noteAnnounced(batch.id)
                self.parts.observer(.delivered(batch.id, batch.project))
                return true
            }
            reason = "status \(status)"
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            reason = "\(error)"
        }
        guard let end = batch.endedAt, now.timeIntervalSince(end) >= Self.patience else {
            self.parts.observer(.refused(batch.id, batch.project, reason: reason))
            return false
        }
        try await self.parts.store.noteAnnounced(batch.id)
        self.parts.observer(.givenUp(batch.id, batch.project, reason: reason))
        return true
    }

    private func headers(of batch: Batch, for webhook: BatchWebhook) -> [(name: String, value: String)] {
        let signature = WebhookSignature(
            secret: webhook.secret,
            digest: self.parts.digest,
            base64: self.parts.base64
        )
        let timestamp = Int(self.parts.clock.wallTime.timeIntervalSince1970)
        return signature.headers(id: Self.id(of: batch), timestamp: timestamp, body: Self.message(of: batch))
    }

    /// Names the message: the same for every attempt, so that who gets it twice can see that.
    private static func id(of batch: Batch) -> String { "evt_\(batch.id)" }

    /// What is told: OpenAI's shape of webhook events.
    static func message(of batch: Batch) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.field("id", Self.id(of: batch))
            writer.field("object", "event")
            writer.field("created_at", batch.endedAt.map { Int($0.timeIntervalSince1970) })
            writer.field("type", "batch.\(batch.status.rawValue)")
            writer.key("data")
            writer.object { writer in
                writer.field("id", batch.id.description)
                writer.key("request_counts")
                writer.object {
                    $0.field("total", batch.counts.total)
                    $0.field("completed", batch.counts.completed)
                    $0.field("failed", batch.counts.failed)
                }
            }
        }
        return writer.bytes
    }
}
