import Domain
import Synchronization

/// An answer that tells its progress and does something before it tells its success.
final class TellingAnswer: ModelAnswer {
    /// What the last line of a success says, however it is spaced.
    private static let success = Array("\"success\"".utf8)

    private let base: any ModelAnswer
    private let beforeSuccess: @Sendable () async -> Void
    private let state = Mutex(State())

    private struct State {
        var held: [UInt8]?
        var isTold = false

        /// Whether it is to be told now; it is told once.
        mutating func tell() -> Bool {
            defer { self.isTold = true }
            return !self.isTold
        }
    }

    init(_ base: any ModelAnswer, beforeSuccess: @escaping @Sendable () async -> Void) {
        self.base = base
        self.beforeSuccess = beforeSuccess
    }

    var status: Int { self.base.status }

    var contentType: String? { self.base.contentType }

    var length: Int? { self.base.length }

    func next() async throws -> [UInt8]? {
        let held = self.state.withLock { $0.held.take() }
        let piece = if let held { held } else { try await self.base.next() }
        // Its words may have been cut in two: then the end is a success as well.
        let isSuccess = piece?.contains(Self.success) ?? true
        guard isSuccess, self.state.withLock({ $0.tell() }) else { return piece }
        await self.beforeSuccess()
        return piece
    }

    func buffered() -> [UInt8]? {
        self.state.withLock { state in
            guard state.held == nil, let piece = self.base.buffered() else { return nil }
            guard piece.contains(Self.success) else { return piece }
            // It is told by `next()`, which can wait.
            state.held = piece
            return nil
        }
    }

    func cancel(_ error: ServiceError) {
        self.base.cancel(error)
    }
}

/// An answer that is all there.
final class CollectedAnswer: ModelAnswer {
    let status: Int
    let contentType: String?
    private let body: Mutex<[UInt8]?>
    private let count: Int

    init(status: Int, contentType: String?, body: [UInt8]) {
        self.status = status
        self.contentType = contentType
        self.body = Mutex(body)
        self.count = body.count
    }

    var length: Int? { self.count }

    func next() async throws -> [UInt8]? {
        self.body.withLock { $0.take() }
    }

    func buffered() -> [UInt8]? { nil }

    func cancel(_ error: ServiceError) {}
}
