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
    /// What every request says behind its path.
    private let commonHead: String

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
        var head = " HTTP/1.1\r\nHost: \(configuration.address.hostHeader)\r\n"
        head += "User-Agent: shared-ollama\r\nAccept: */*\r\n"
        if let key = configuration.apiKey { head += "Authorization: Bearer \(key)\r\n" }
        self.commonHead = head
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
        var buffer = ByteBuffer()
        buffer.reserveCapacity(EngineTransport.headCapacity + (body?.count ?? 0))
        self.writeHead(method, path, requestID: requestID, trace: trace, to: &buffer)
        if let body {
            buffer.writeString("Content-Type: ")
            buffer.writeString(contentType)
            buffer.writeString("\r\nContent-Length: \(body.count)\r\n\r\n")
            buffer.writeBytes(body)
        } else {
            buffer.writeString("\r\n")
        }
        return buffer
    }

    /// The head of a request whose body follows piece by piece.
    ///
    /// `length`: of the body, in bytes; nil sends it in chunks.
    func uploadHead(_ path: String, length: Int?, requestID: RequestID?) -> ByteBuffer {
        let framing = length.map { "Content-Length: \($0)" } ?? "Transfer-Encoding: chunked"
        var buffer = ByteBuffer()
        self.writeHead("POST", path, requestID: requestID, trace: nil, to: &buffer)
        buffer.writeString("Content-Type: application/octet-stream\r\n\(framing)\r\n\r\n")
        return buffer
    }

    /// What a head takes, but for long paths, in bytes.
    private static let headCapacity = 512

    /// Writes a head up to where it describes a body.
    private func writeHead(
        _ method: String,
        _ path: String,
        requestID: RequestID?,
        trace: TraceContext?,
        to buffer: inout ByteBuffer
    ) {
        buffer.writeString(method)
        buffer.writeString(" ")
        buffer.writeString(self.configuration.address.basePath)
        buffer.writeString(path)
        buffer.writeString(self.commonHead)
        if let requestID {
            buffer.writeString("X-Request-ID: ")
            buffer.writeString(requestID.description)
            buffer.writeString("\r\n")
        }
        if let trace {
            buffer.writeString("traceparent: \(trace.traceparent)\r\n")
            if let state = trace.state { buffer.writeString("tracestate: \(state)\r\n") }
        }
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
