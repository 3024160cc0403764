public import Application
import AsyncHTTPClient
import NIOCore
import NIOHTTP1
public import NIOPosix

/// Posts messages of webhooks over HTTP/1.1; redirects are not followed.
public struct HTTPWebhookSender: WebhookSender {
    /// How long an answer may take.
    private static let timeout = TimeAmount.seconds(15)
    private let eventLoops: MultiThreadedEventLoopGroup

    /// Creates a sender that runs on the given loops.
    public init(eventLoops: MultiThreadedEventLoopGroup) {
        self.eventLoops = eventLoops
    }

    /// Sends a message: see ``Application/WebhookSender/post(_:headers:to:)``.
    public func post(
        _ body: [UInt8],
        headers: [(name: String, value: String)],
        to url: String
    ) async throws -> Int {
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        configuration.timeout.connect = Self.timeout
        configuration.connectionPool.retryConnectionEstablishment = false
        // Batches end seldom: no client is kept for the next.
        return try await HTTPClient.withHTTPClient(eventLoopGroup: self.eventLoops, configuration: configuration) {
            http in
            var request = HTTPClientRequest(url: url)
            request.method = .POST
            request.headers.add(name: "Content-Type", value: "application/json")
            request.headers.add(name: "User-Agent", value: "shared-ollama")
            for header in headers { request.headers.add(name: header.name, value: header.value) }
            request.body = .bytes(ByteBuffer(bytes: body))
            return Int(try await http.execute(request, timeout: Self.timeout).status.code)
        }
    }
}
