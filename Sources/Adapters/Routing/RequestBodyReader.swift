import Domain
import HTTPTypes
import Hummingbird
import NIOCore

/// Reads a request's body within its limits.
///
/// Its deadline is kept by the connection's handler.
struct RequestBodyReader: Sendable {
    /// The largest body, in bytes.
    let limit: Int
    /// Bodies above this size are parsed off the event loop.
    static let parseOnLoopLimit = 65_536

    /// Reads a body and parses it as JSON.
    ///
    /// - Throws: ``ServiceError`` `request_too_large`, `request_timeout`, or `invalid_request` for an empty or broken
    ///   body.
    func json(_ request: Request) async throws -> (value: JSONObject, bytes: Int) {
        let bytes = try await self.bytes(request)
        return (try await self.json(bytes), bytes.count)
    }

    /// Parses a body as JSON.
    ///
    /// - Throws: ``ServiceError`` `invalid_request` for an empty or broken one.
    func json(_ bytes: [UInt8]) async throws -> JSONObject {
        if bytes.count <= RequestBodyReader.parseOnLoopLimit { return try RequestBodyReader.parse(bytes) }
        return try await withTaskExecutorPreference(globalConcurrentExecutor) {
            try await RequestBodyReader.parseElsewhere(bytes)
        }
    }

    /// The bytes of a body that came whole; nil of one that did not.
    ///
    /// - Throws: ``ServiceError`` `request_too_large`.
    func whole(_ body: ByteBuffer?) throws -> [UInt8]? {
        guard let body else { return nil }
        guard body.readableBytes <= self.limit else { throw self.tooLarge }
        return Array(body.readableBytesView)
    }

    /// Reads a body.
    ///
    /// - Throws: ``ServiceError`` `request_too_large` or `request_timeout`.
    func bytes(_ request: Request) async throws -> [UInt8] {
        let length = request.headers[.contentLength].flatMap { Int($0) } ?? 0
        guard length <= self.limit else { throw self.tooLarge }
        var bytes: [UInt8] = []
        do {
            for try await piece in request.body {
                guard bytes.count + piece.readableBytes <= self.limit else { throw self.tooLarge }
                bytes.append(contentsOf: piece.readableBytesView)
            }
        } catch is BodyDeadlinePassed {
            throw ServiceError.bodyDeadlinePassed
        } catch is BodyMalformed {
            throw ServiceError.notHTTP
        } catch  where !(error is ServiceError) {
            // The connection is gone, and the caller with it.
            throw CancellationError()
        }
        return bytes
    }

    private var tooLarge: ServiceError {
        ServiceError(.requestTooLarge, "The body is larger than \(self.limit) bytes (server.max_body_bytes).")
    }

    /// Runs where the task's executor preference says: away from the event loop.
    @concurrent
    private static func parseElsewhere(_ bytes: [UInt8]) async throws -> JSONObject {
        try RequestBodyReader.parse(bytes)
    }

    /// Parses a body as JSON, here.
    ///
    /// - Throws: ``ServiceError`` `invalid_request` for an empty or broken one.
    static func parse(_ bytes: [UInt8]) throws -> JSONObject {
        guard !bytes.isEmpty else {
            throw ServiceError(.invalidRequest, "The body is empty; a JSON object is expected.")
        }
        do {
            guard case .object(let object) = try JSONParser.parse(bytes) else {
                throw ServiceError(.invalidRequest, "The body is JSON, but not an object.")
            }
            return object
        } catch let error as JSONError {
            throw ServiceError(.invalidRequest, error.description)
        }
    }
}
