import Application
import Domain
import HTTPTypes
import Hummingbird
import NIOCore

/// Honours `Idempotency-Key` on inference routes.
struct IdempotencyGate: Sendable {
    /// Nil where the operator has switched it off: then the header means nothing.
    let useCase: IdempotencyUseCase?
    /// The largest answer that is kept, in bytes.
    var maxBytes: Int { self.useCase?.maxBytes ?? 0 }
    /// Bodies above this size are digested off the event loop.
    private static let digestOnLoopLimit = 65_536

    /// Takes the key of a request, if it has one.
    ///
    /// - Parameters:
    ///   - request: the request.
    ///   - body: its body, as it came.
    ///   - project: who calls.
    /// - Returns: what to do; nil where there is no key.
    /// - Throws: ``ServiceError`` `invalid_request` for a key that is none, `conflict`, `idempotency_mismatch`.
    func begin(
        _ request: Request,
        body: [UInt8],
        project: ProjectName
    ) async throws -> IdempotencyUseCase.Decision? {
        guard let useCase, let text = request.headers[.idempotencyKey] else { return nil }
        let key = try IdempotencyKey(text)
        // A method has no blank and a path no line break: what differs in one of the three differs here.
        let bytes = Array("\(request.method.rawValue) \(request.uri.path)\n".utf8) + body
        let fingerprint = await IdempotencyGate.fingerprint(of: bytes, by: useCase.digest)
        return try await useCase.begin(key, project: project, fingerprint: fingerprint)
    }

    private static func fingerprint(of bytes: [UInt8], by digest: any DigestFunction) async -> [UInt8] {
        if bytes.count <= IdempotencyGate.digestOnLoopLimit { return digest.sha256(bytes) }
        return await withTaskExecutorPreference(globalConcurrentExecutor) {
            await IdempotencyGate.digestElsewhere(bytes, by: digest)
        }
    }

    /// Runs where the task's executor preference says: away from the event loop.
    @concurrent
    private static func digestElsewhere(_ bytes: [UInt8], by digest: any DigestFunction) async -> [UInt8] {
        digest.sha256(bytes)
    }
}

extension Response {
    /// An answer that was given before, and says so.
    init(replayed answer: StoredAnswer) {
        var headers = HTTPFields()
        headers[.contentType] = answer.contentType
        headers[.cacheControl] = "no-store"
        headers[.idempotentReplayed] = "true"
        self.init(
            status: HTTPResponse.Status(code: answer.status),
            headers: headers,
            body: .init(byteBuffer: ByteBuffer(bytes: answer.body))
        )
    }
}
