import Domain
import Synchronization
import TestSupport
import Testing

@testable import Application

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

@Suite("Telling projects of the end of their batches")
struct BatchAnnouncerTests {
    /// Ended batches, and who has been told.
    private final class Ended: BatchAnnouncements {
        private let batches: Mutex<[Batch]>

        init(_ batches: [Batch]) { self.batches = Mutex(batches) }

        var left: Int { self.batches.withLock(\.count) }

        func unannounced(atMost limit: Int) async throws -> [Batch] {
            self.batches.withLock { Array($0.prefix(limit)) }
        }

        func noteAnnounced(_ id: BatchID) async throws { self.batches.withLock { $0.removeAll { $0.id == id } } }
    }

    /// Takes messages with the statuses that a test gives, the last of them for ever.
    private final class Receiver: WebhookSender {
        struct Message: Sendable {
            let body: [UInt8]
            let headers: [String: String]
            let url: String
            let at: MonotonicInstant
        }

        private let statuses: Mutex<[Int]>
        private let messages = Mutex<[Message]>([])
        private let clock: ManualClock

        init(_ statuses: [Int], clock: ManualClock) {
            self.statuses = Mutex(statuses)
            self.clock = clock
        }

        var got: [Message] { self.messages.withLock { $0 } }

        func post(_ body: [UInt8], headers: [(name: String, value: String)], to url: String) async throws -> Int {
            let fields = Dictionary(uniqueKeysWithValues: headers.map { ($0.name, $0.value) })
            let message = Message(body: body, headers: fields, url: url, at: self.clock.now)
            self.messages.withLock { $0.append(message) }
            return self.statuses.withLock { $0.count > 1 ? $0.removeFirst() : $0[0] }
        }
    }

    private struct PlainBase64: Base64Coding {
        func decode(_ text: some Collection<UInt8>) throws(Base64Fault) -> [UInt8] { Array(text) }
        func encode(_ bytes: some Collection<UInt8>) -> [UInt8] { Array("code".utf8) }
    }

    private let clock = ManualClock()

    private func batch(_ name: String, of project: String) throws -> Batch {
        var batch = Batch(
            id: BatchID(generated: name),
            project: try ProjectName(project),
            endpoint: .chatCompletions,
            inputFile: FileID(generated: name),
            window: try BatchWindow("24h", maxDays: 30),
            createdAt: self.clock.wallTime
        )
        batch.begin(items: 0, at: self.clock.wallTime)
        batch.settle(at: self.clock.wallTime)
        return batch
    }

    /// Runs an announcer until a condition holds while time passes.
    private func run(_ ended: Ended, _ receiver: Receiver, until condition: () -> Bool) async throws {
        let told = Mutex<[String]>([])
        let announcer = BatchAnnouncer(
            BatchAnnouncer.Parts(
                store: ended,
                sender: receiver,
                digest: SumDigest(),
                base64: PlainBase64(),
                clock: self.clock,
                webhook: { name in
                    name.description == "told" ? BatchWebhook(url: "https://told/x", secret: [1]) : nil
                },
                observer: { event in told.withLock { $0.append("\(event)") } }
            )
        )
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await announcer.run() }
            for _ in 0..<20_000 where !condition() {
                self.clock.advance(by: .milliseconds(500))
                for _ in 0..<20 { await Task.yield() }
            }
            group.cancelAll()
        }
        try #require(condition(), "\(told.withLock { $0 }.suffix(5))")
    }

    @Test("A project with a webhook is told once, signed, in OpenAI's shape; one without is not waited for")
    func told() async throws {
        let ended = Ended([try self.batch("a", of: "told"), try self.batch("b", of: "silent")])
        let receiver = Receiver([204], clock: self.clock)
        try await self.run(ended, receiver) { ended.left == 0 }
        #expect(receiver.got.count == 1)
        let message = try #require(receiver.got.first)
        #expect(message.url == "https://told/x")
        #expect(message.headers["webhook-id"] == "evt_batch_a" && message.headers["webhook-signature"] == "v1,code")
        let event = try #require(try JSONParser.parse(message.body).object)
        #expect(event["type"] == .string("batch.completed") && event["object"] == .string("event"))
        #expect(event["data"]?.object?["id"] == .string("batch_a"))
    }

    @Test("A refusal is tried again under the same id with longer and longer pauses, until it is taken")
    func again() async throws {
        let ended = Ended([try self.batch("a", of: "told")])
        let receiver = Receiver([500, 302, 429, 200], clock: self.clock)
        try await self.run(ended, receiver) { ended.left == 0 }
        #expect(receiver.got.count == 4)
        #expect(Set(receiver.got.compactMap { $0.headers["webhook-id"] }).count == 1)
        let pauses = zip(receiver.got, receiver.got.dropFirst()).map { $1.at - $0.at }
        #expect(pauses == pauses.sorted() && pauses[0] >= .seconds(5) && pauses[2] >= .seconds(20), "\(pauses)")
    }

    @Test("After an hour it is given up")
    func givenUp() async throws {
        let ended = Ended([try self.batch("a", of: "told")])
        let receiver = Receiver([500], clock: self.clock)
        try await self.run(ended, receiver) { ended.left == 0 }
        let last = try #require(receiver.got.last)
        #expect(last.at >= MonotonicInstant(nanoseconds: 3_600_000_000_000))
        #expect((8...20).contains(receiver.got.count), "\(receiver.got.count)")
    }
}
