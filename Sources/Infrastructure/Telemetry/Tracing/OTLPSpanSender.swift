public import Application
import AsyncHTTPClient
import Domain
import NIOCore
import NIOHTTP1
public import NIOPosix
import NIOSSL

/// Posts spans to a collector, as OTLP over HTTP in JSON.
///
/// Source: OpenTelemetry, OTLP specification, "OTLP/HTTP".
public struct OTLPSpanSender: SpanSender {
    /// How much of an answer is read, in bytes.
    private static let answerLimit = 65_536

    private let http: HTTPClient
    private let url: String
    private let headers: HTTPHeaders
    private let timeout: Duration
    private let traces: OTLPTraces

    /// Creates a sender; nothing is connected yet.
    ///
    /// ``shutDown()`` must be called in the end.
    ///
    /// - Parameters:
    ///   - settings: the section of the configuration.
    ///   - endpoint: the collector's base URL.
    ///   - version: the service's version.
    ///   - instance: what tells this process from others of the name.
    ///   - eventLoops: where it runs.
    /// - Throws: ``UnreadableCertificates`` where the collector is behind https and nobody's word can be believed.
    public init(
        _ settings: ServiceConfiguration.Tracing,
        endpoint: String,
        version: String,
        instance: String,
        eventLoops: MultiThreadedEventLoopGroup
    ) throws {
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        configuration.timeout.connect = .nanoseconds(settings.timeout.nanoseconds)
        configuration.timeout.read = .nanoseconds(settings.timeout.nanoseconds)
        // Trying again is the writer's affair.
        configuration.connectionPool.retryConnectionEstablishment = false
        if endpoint.hasPrefix("https://") {
            configuration.tlsConfiguration = try Self.tls(settings.caFile, of: endpoint)
        }
        self.http = HTTPClient(eventLoopGroup: eventLoops, configuration: configuration)
        self.url = "\(endpoint)/v1/traces"
        self.timeout = settings.timeout
        var headers = HTTPHeaders([("Content-Type", "application/json"), ("User-Agent", "shared-ollama/\(version)")])
        for header in settings.headers { headers.replaceOrAdd(name: header.name, value: header.value.revealed) }
        self.headers = headers
        self.traces = OTLPTraces(serviceName: settings.serviceName, version: version, instance: instance)
    }

    private static func tls(_ file: String?, of endpoint: String) throws -> TLSConfiguration {
        var tls = TLSConfiguration.makeClientConfiguration()
        if let file { tls.trustRoots = .file(file) }
        do {
            _ = try NIOSSLContext(configuration: tls)
        } catch {
            throw UnreadableCertificates(role: "collector", host: endpoint, file: file, key: "tracing.ca_file")
        }
        return tls
    }

    /// Closes the connections.
    public func shutDown() async {
        try? await self.http.shutdown()
    }

    /// Sends a batch: see ``Application/SpanSender/send(_:)``.
    public func send(_ spans: [Span]) async -> SpanDelivery {
        var request = HTTPClientRequest(url: self.url)
        request.method = .POST
        request.headers = self.headers
        request.body = .bytes(ByteBuffer(bytes: self.traces.body(spans)))
        do {
            return try await self.exchange(request)
        } catch is CancellationError {
            return .retry(after: nil, reason: "the service stops")
        } catch let error as HTTPClientError where [.invalidURL, .emptyScheme, .emptyHost].contains(error) {
            return .refused(reason: "\(error)")
        } catch {
            // What it says of a connection holds no header.
            return .retry(after: nil, reason: "the collector cannot be reached: \(error)")
        }
    }

    private func exchange(_ request: HTTPClientRequest) async throws -> SpanDelivery {
        try await withThrowingTaskGroup(of: SpanDelivery?.self) { group in
            group.addTask {
                let response = try await self.http.execute(request, timeout: .nanoseconds(self.timeout.nanoseconds))
                // A longer answer says nothing that is of use here.
                let body = (try? await response.body.collect(upTo: Self.answerLimit)) ?? ByteBuffer()
                return OTLPAnswer.delivery(
                    status: Int(response.status.code),
                    retryAfter: response.headers.first(name: "retry-after"),
                    body: Array(body.readableBytesView)
                )
            }
            // The client's own deadline ends with the head of the answer. By the machine's clock, as that deadline is: both are
            // of a socket, which knows no other.
            group.addTask {
                try await Task.sleep(for: self.timeout, clock: .continuous)
                return nil
            }
            defer { group.cancelAll() }
            return try await group.next().flatMap { $0 } ?? .retry(after: nil, reason: "the collector does not answer")
        }
    }
}
