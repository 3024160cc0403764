import Application
import Domain
public import NIOCore
import NIOPosix
import NIOSSL

/// How to reach one engine over HTTP/1.1: the lean client of the token path.
///
/// It decodes only status, length, chunks and close, and runs on the caller's event loop if there is one.
public final class EngineTransport: Sendable {
    /// How to reach an engine.
    public struct Configuration: Sendable {
        /// Where it listens.
        public var address: EngineAddress
        /// How long it may take.
        public var deadlines: EngineDeadlines
        /// The key that is sent as `Authorization: Bearer`.
        public var apiKey: String?
        /// A PEM file with the certificates to trust, instead of the system's.
        public var caFile: String?
        /// The longest line of a streamed answer, in bytes.
        public var maxLineBytes: Int
        /// How much of an error's body is read, in bytes.
        public var maxErrorBytes: Int

        /// Creates a configuration.
        public init(
            address: EngineAddress,
            deadlines: EngineDeadlines,
            apiKey: String? = nil,
            caFile: String? = nil,
            maxLineBytes: Int = 8_388_608,
            maxErrorBytes: Int = 65_536
        ) {
            self.address = address
            self.deadlines = deadlines
            self.apiKey = apiKey
            self.caFile = caFile
            self.maxLineBytes = maxLineBytes
            self.maxErrorBytes = maxErrorBytes
        }
    }

    /// How to reach the engine.
    let configuration: Configuration
    private let eventLoops: any EventLoopGroup
    private let pool: EngineConnectionPool

    /// Creates a transport; nothing is connected yet.
    ///
    /// `eventLoops`: where to run for a caller that is on no event loop.
    /// - Throws: ``UnreadableCertificates`` where the engine is behind https and nobody's word can be believed.
    public init(_ configuration: Configuration, eventLoops: any EventLoopGroup) throws {
        self.configuration = configuration
        self.eventLoops = eventLoops
        var tls: NIOSSLContext?
        if configuration.address.isSecure {
            var settings = TLSConfiguration.makeClientConfiguration()
            if let file = configuration.caFile { settings.trustRoots = .file(file) }
            do {
                tls = try NIOSSLContext(configuration: settings)
            } catch {
                throw UnreadableCertificates(host: configuration.address.host, file: configuration.caFile)
            }
        }
        self.pool = EngineConnectionPool(
            address: configuration.address,
            connectTimeout: configuration.deadlines.connect,
            tls: tls
        )
    }

    /// Closes the connections that nobody uses.
    public func close() {
        self.pool.closeIdle()
    }

    /// A call on the caller's event loop, or on any if it is on none.
    func makeCall(_ form: EngineCall.Form = .whole) -> EngineCall {
        EngineCall(
            pool: self.pool,
            eventLoop: MultiThreadedEventLoopGroup.currentEventLoop ?? self.eventLoops.next(),
            form: form
        )
    }

    /// The bytes of a request.
    ///
    /// Its headers are ours only: nothing of the caller's is passed on but its id and its place in a trace.
    func request(
        _ method: String,
        _ path: String,
        body: [UInt8]? = nil,
        contentType: String = "application/json",
        requestID: RequestID? = nil,
        trace: TraceContext? = nil
    ) -> ByteBuffer {
        let content = body.map { "Content-Type: \(contentType)\r\nContent-Length: \($0.count)\r\n" }
        let head = self.head(method, path, content: content, requestID: requestID, trace: trace)
        var buffer = ByteBuffer()
        buffer.reserveCapacity(head.utf8.count + (body?.count ?? 0))
        buffer.writeString(head)
        if let body { buffer.writeBytes(body) }
        return buffer
    }

    /// The head of a request whose body follows piece by piece.
    ///
    /// `length`: of the body, in bytes; nil sends it in chunks.
    func uploadHead(_ path: String, length: Int?, requestID: RequestID?) -> ByteBuffer {
        let framing = length.map { "Content-Length: \($0)" } ?? "Transfer-Encoding: chunked"
        let content = "Content-Type: application/octet-stream\r\n\(framing)\r\n"
        return ByteBuffer(string: self.head("POST", path, content: content, requestID: requestID))
    }

    private func head(
        _ method: String,
        _ path: String,
        content: String?,
        requestID: RequestID?,
        trace: TraceContext? = nil
    ) -> String {
        let address = self.configuration.address
        var head = "\(method) \(address.basePath)\(path) HTTP/1.1\r\nHost: \(address.hostHeader)\r\n"
        head += "User-Agent: shared-ollama\r\nAccept: */*\r\n"
        if let key = self.configuration.apiKey { head += "Authorization: Bearer \(key)\r\n" }
        if let requestID { head += "X-Request-ID: \(requestID)\r\n" }
        if let trace {
            head += "traceparent: \(trace.traceparent)\r\n"
            if let state = trace.state { head += "tracestate: \(state)\r\n" }
        }
        return head + (content ?? "") + "\r\n"
    }

    /// Asks for something small and reads all of the answer.
    ///
    /// - Parameters:
    ///   - path: the route.
    ///   - body: what to post; nil gets.
    ///   - deadline: how long the whole answer may take; nil: as long as a probe.
    ///   - name: what that deadline is called.
    ///   - limit: how many bytes of the body are read at most.
    /// - Returns: head and body.
    /// - Throws: ``TransportFailure``.
    func get(
        _ path: String,
        body: [UInt8]? = nil,
        within deadline: Duration? = nil,
        called name: TransportFailure.Deadline = .probe,
        limit: Int
    ) async throws -> WholeResponse {
        let call = self.makeCall()
        return try await withTaskCancellationHandler {
            let request = self.request(body == nil ? "GET" : "POST", path, body: body)
            // No event is ever seen, so that the first deadline bounds the whole answer and names the failure.
            let deadline = deadline ?? self.configuration.deadlines.probe
            let later = deadline + .seconds(1)
            let head = try await call.start(request, first: (name, deadline), idle: later, total: later)
            return WholeResponse(head: head, body: try await self.readAll(of: call, limit: limit))
        } onCancel: {
            call.cancel(CancellationError())
        }
    }

    /// Reads a body to its end; one that is longer than the limit is given up.
    func readAll(of call: EngineCall, limit: Int) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        while let piece = try await call.next() {
            guard bytes.count + piece.readableBytes <= limit else {
                let failure = TransportFailure.malformed("the answer is longer than \(limit) bytes")
                call.cancel(failure)
                throw failure
            }
            bytes.append(contentsOf: piece.readableBytesView)
        }
        return bytes
    }
}

/// An answer that was read to its end.
struct WholeResponse: Sendable {
    let head: ResponseHead
    let body: [UInt8]
}
