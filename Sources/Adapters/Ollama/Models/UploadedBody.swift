import Application
import Domain
import HTTPTypes
import Hummingbird
import NIOCore
import Synchronization

/// The body of a request as it arrives, for whoever passes it on: it is read as fast as it is asked for.
final class UploadedBody: AsyncSequence, Sendable {
    typealias Element = [UInt8]
    typealias Failure = any Error

    /// Its length in bytes; nil where it comes in chunks.
    let length: Int?
    private let body: RequestBody
    private let wasRead = Atomic(false)

    init(_ request: Request) {
        self.length = request.headers[.contentLength].flatMap { Int($0) }
        self.body = request.body
    }

    /// Whether all of it has been read.
    var isRead: Bool { self.wasRead.load(ordering: .acquiring) }

    func makeAsyncIterator() -> Iterator {
        Iterator(base: self.body.makeAsyncIterator(), upload: self)
    }

    struct Iterator: AsyncIteratorProtocol {
        var base: RequestBody.AsyncIterator
        let upload: UploadedBody

        @concurrent
        mutating func next() async throws -> [UInt8]? {
            do {
                if let piece = try await self.base.next() { return Array(piece.readableBytesView) }
            } catch is BodyDeadlinePassed {
                throw ServiceError.bodyDeadlinePassed
            } catch is BodyMalformed {
                throw ServiceError.notHTTP
            } catch {
                // The connection is gone, and the caller with it.
                throw CancellationError()
            }
            // A sequence that was given up ends as one that came to its end.
            try Task.checkCancellation()
            self.upload.wasRead.store(true, ordering: .releasing)
            return nil
        }
    }
}
