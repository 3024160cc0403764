import AsyncHTTPClient
import NIOCore
import NIOHTTP1

/// Makes calls: with a place, an id, attempts, a deadline, and errors as codes.
final class Caller: Sendable {
    let configuration: ClientConfiguration
    let wire: any Wire
    let limit: RequestLimit
    let surroundings: Surroundings
    private let http: HTTPClient

    init(_ configuration: ClientConfiguration, http: HTTPClient, surroundings: Surroundings) {
        self.configuration = configuration
        self.wire = configuration.wire
        self.limit = RequestLimit(configuration.maximumConcurrentRequests)
        self.surroundings = surroundings
        self.http = http
    }

    /// A call that has been answered, so far as the head of its answer.
    struct Opened: Sendable {
        let response: HTTPClientResponse
        let deadline: CallDeadline
        let permit: RequestLimit.Permit?
    }

    /// Calls and reads the whole answer.
    ///
    /// - Throws: ``SharedOllamaError``, `CancellationError`.
    func value(_ call: WireCall, _ settings: CallSettings = CallSettings(), requestID: String) async throws -> JSONValue
    {
        let deadline = CallDeadline(settings, surroundings: self.surroundings)
        let permit = try await self.permit(for: call, deadline, requestID)
        defer { withExtendedLifetime(permit) {} }
        return try await self.attempts(of: call, settings, deadline, requestID) {
            try await self.whole(call, settings, deadline, requestID)
        }
    }

    /// Calls once, whatever comes of it, and reads the whole answer.
    ///
    /// - Throws: ``SharedOllamaError``, `CancellationError`.
    func once(_ call: WireCall, _ settings: CallSettings, requestID: String) async throws -> JSONValue {
        try await self.whole(call, settings, CallDeadline(settings, surroundings: self.surroundings), requestID)
    }

    private func whole(
        _ call: WireCall,
        _ settings: CallSettings,
        _ deadline: CallDeadline,
        _ requestID: String
    ) async throws -> JSONValue {
        let response = try await self.send(call, settings, deadline, requestID)
        let bytes = try await self.naming(requestID, .body, deadline) {
            let body = try await response.body.collect(upTo: self.configuration.maximumAnswerBytes)
            return Array(body.readableBytesView)
        }
        do {
            return try JSONParser.parse(bytes)
        } catch {
            throw error.of(requestID)
        }
    }

    /// Calls and returns once the head of the answer is there that tells no error.
    ///
    /// - Throws: ``SharedOllamaError``, `CancellationError`.
    func open(_ call: WireCall, _ settings: CallSettings, requestID: String) async throws -> Opened {
        let deadline = CallDeadline(settings, surroundings: self.surroundings)
        let permit = try await self.permit(for: call, deadline, requestID)
        let response = try await self.attempts(of: call, settings, deadline, requestID) {
            try await self.send(call, settings, deadline, requestID)
        }
        return Opened(response: response, deadline: deadline, permit: permit)
    }

    /// Does a part of a call; what the layers below throw becomes an error of the library.
    ///
    /// - Throws: ``SharedOllamaError``, `CancellationError`.
    func naming<Result: Sendable>(
        _ requestID: String,
        _ phase: CallPhase,
        _ deadline: CallDeadline,
        isolation: isolated (any Actor)? = #isolation,
        _ body: () async throws -> Result
    ) async throws -> Result {
        do {
            return try await body()
        } catch let error as SharedOllamaError {
            throw error.of(requestID)
        } catch {
            throw try TransportFailure.error(error, in: phase, deadline, self.configuration).of(requestID)
        }
    }

    /// Waits for the call's turn in the client, no longer than its deadline.
    private func permit(
        for call: WireCall,
        _ deadline: CallDeadline,
        _ requestID: String
    ) async throws -> RequestLimit.Permit? {
        guard call.isInference else { return nil }
        guard let left = try deadline.left() else { return try await self.limit.enter() }
        return try await withThrowingTaskGroup(of: RequestLimit.Permit?.self) { group in
            group.addTask { try await self.limit.enter() }
            group.addTask {
                try await self.surroundings.timer(left)
                return nil
            }
            defer { group.cancelAll() }
            guard let permit = try await group.next() ?? nil else { throw CallDeadline.exceeded.of(requestID) }
            return permit
        }
    }

    private func attempts<Result: Sendable>(
        of call: WireCall,
        _ settings: CallSettings,
        _ deadline: CallDeadline,
        _ requestID: String,
        _ body: @Sendable () async throws -> Result
    ) async throws -> Result {
        try await self.surroundings.retrying(
            self.configuration.retry,
            until: deadline.instant,
            // Getting something twice does no harm, nor does a request that the service does once.
            isRepeatable: call.isReading || (settings.idempotencyKey != nil && self.configuration.target != .direct),
            body
        )
    }

    private func send(
        _ call: WireCall,
        _ settings: CallSettings,
        _ deadline: CallDeadline,
        _ requestID: String
    ) async throws -> HTTPClientResponse {
        let left = try deadline.left()
        var request = HTTPClientRequest(url: self.configuration.url + call.path)
        request.headers.add(name: "User-Agent", value: "SharedOllamaClient")
        request.headers.add(name: "Accept", value: "*/*")
        request.headers.add(name: "X-Request-ID", value: requestID)
        for (name, value) in self.wire.headers(settings, deadline: left) {
            request.headers.add(name: name, value: value)
        }
        if let body = call.body {
            request.method = .POST
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(ByteBuffer(bytes: body.bytes))
        } else if let form = call.form {
            request.method = .POST
            request.headers.add(name: "Content-Type", value: form.contentType)
            request.body = .bytes(ByteBuffer(bytes: form.bytes))
        }
        let patience = self.patience(left)
        let response = try await self.naming(requestID, .head, deadline) { [request] in
            try await self.http.execute(request, timeout: patience)
        }
        guard response.status != .ok else { return response }
        throw await self.failure(response, requestID)
    }

    /// How long the head of an answer may take.
    private func patience(_ left: Duration?) -> TimeAmount {
        guard let left else { return TimeAmount(self.configuration.silenceTimeout) }
        // A service ends the request by itself, and says so: it is given the time to.
        let grace = self.configuration.target == .direct ? Duration.zero : .seconds(2)
        return TimeAmount(min(left + grace, self.configuration.silenceTimeout))
    }

    private func failure(_ response: HTTPClientResponse, _ requestID: String) async -> SharedOllamaError {
        // The longest error that is read.
        let body = try? await response.body.collect(upTo: 1_048_576)
        let value = body.flatMap { try? JSONParser.parse(Array($0.readableBytesView)) }
        var error = self.wire.failure(status: Int(response.status.code), body: value).of(requestID)
        let headers = response.headers
        error.retryAfter =
            RetryAfter.read(
                milliseconds: headers.first(name: "retry-after-ms"),
                header: headers.first(name: "Retry-After"),
                now: self.surroundings.date()
            ) ?? error.retryAfter
        error.isFinal = headers.first(name: "x-should-retry")?.lowercased() == "false"
        return error
    }
}

/// When a call has to be over.
struct CallDeadline: Sendable {
    /// The moment; nil is never.
    let instant: Duration?
    private let now: @Sendable () -> Duration

    init(_ settings: CallSettings, surroundings: Surroundings) {
        self.now = surroundings.now
        self.instant = settings.deadline.map { surroundings.now() + $0 }
    }

    /// How long it may still take.
    ///
    /// - Throws: ``SharedOllamaError`` if its time is up.
    func left() throws(SharedOllamaError) -> Duration? {
        guard let instant else { return nil }
        let left = instant - self.now()
        guard left > .zero else { throw CallDeadline.exceeded }
        return left
    }

    static let exceeded = SharedOllamaError(.deadlineExceeded, "the call took longer than its deadline")
}
