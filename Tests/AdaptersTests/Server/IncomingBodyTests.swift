import NIOCore
import Synchronization
import Testing

@testable import Adapters

@Suite("A body that arrives piece by piece")
struct IncomingBodyTests {
    private struct Broken: Error {}

    private static func text(_ body: IncomingBody) async throws -> String {
        var text = ""
        for try await piece in body { text += String(buffer: piece) }
        return text
    }

    @Test("gives its pieces in their order, whether they are there before they are asked for or come later")
    func order() async throws {
        let body = IncomingBody {}
        body.append(ByteBuffer(string: "a"))
        body.append(ByteBuffer(string: "b"))
        async let text = Self.text(body)
        await Task.yield()
        body.append(ByteBuffer(string: "c"))
        body.end()
        #expect(try await text == "abc")
    }

    @Test("is full with 64 KiB, and tells when there is room again, once")
    func full() async throws {
        let rooms = Atomic(0)
        let body = IncomingBody { rooms.wrappingAdd(1, ordering: .relaxed) }
        let piece = ByteBuffer(repeating: 0, count: IncomingBody.limit / 2)
        body.append(piece)
        #expect(!body.isFull)
        body.append(piece)
        body.append(piece)
        #expect(body.isFull)
        var iterator = body.makeAsyncIterator()
        _ = try await iterator.next()
        #expect(body.isFull && rooms.load(ordering: .relaxed) == 0)
        _ = try await iterator.next()
        _ = try await iterator.next()
        #expect(!body.isFull && rooms.load(ordering: .relaxed) == 1)
    }

    @Test("that breaks off is an error behind what had come, for who waits and for who comes later")
    func failure() async throws {
        let body = IncomingBody {}
        body.append(ByteBuffer(string: "a"))
        var iterator = body.makeAsyncIterator()
        #expect(try await iterator.next() == ByteBuffer(string: "a"))
        let rest = Task { try await Self.text(body) }
        await Task.yield()
        body.fail(Broken())
        await #expect(throws: Broken.self) { try await rest.value }
        await #expect(throws: Broken.self) { try await Self.text(body) }
    }

    @Test("that has come to its end does not break off any more")
    func ended() async throws {
        let body = IncomingBody {}
        body.append(ByteBuffer(string: "a"))
        body.end()
        body.fail(Broken())
        #expect(try await Self.text(body) == "a")
    }

    @Test("lets a task go that is cancelled while it waits, and keeps what comes afterwards")
    func cancelled() async throws {
        let body = IncomingBody {}
        let task = Task { try await Self.text(body) }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        body.append(ByteBuffer(string: "a"))
        body.end()
        #expect(try await Self.text(body) == "a")
    }
}
