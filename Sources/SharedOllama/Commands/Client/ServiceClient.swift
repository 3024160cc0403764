import AsyncHTTPClient
import Domain
import NIOCore
import NIOHTTP1
import NIOPosix

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A running service, as the commands see it that are its clients.
struct ServiceClient: Sendable {
    /// Where it listens.
    let address: ServiceAddress
    /// The key that is shown; nil shows none.
    let key: String?
    private let http: HTTPClient

    /// The longest answer that is read as a whole, in bytes.
    private static let limit = 67_108_864
    /// How long the head of an answer may take: an answer that is not streamed comes when the engine has come to its end.
    private static let patience = TimeAmount.hours(24)

    init(address: ServiceAddress, key: String?, http: HTTPClient) {
        self.address = address
        self.key = key
        self.http = http
    }

    /// A part of a path, percent-encoded (RFC 3986): also the slashes and colons of model names.
    static func escaped(_ part: String) -> String {
        var text = ""
        for byte in part.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                text.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                text += digits.count == 1 ? "%0\(digits)" : "%\(digits)"
            }
        }
        return text
    }

    // MARK: Whole answers

    /// Gets something that is JSON.
    ///
    /// - Throws: ``ClientFailure``.
    func get(_ path: String) async throws -> JSONValue {
        try await self.json(ServiceCall(.GET, path))
    }

    /// Gets something whatever its status is; a body that is not JSON is null.
    ///
    /// - Throws: ``ClientFailure`` if there is no answer.
    func answer(to path: String) async throws -> (status: Int, body: JSONValue) {
        let response = try await self.send(ServiceCall(.GET, path))
        let bytes = try await self.telling { try await ServiceClient.collect(response) }
        return (Int(response.status.code), (try? JSONParser.parse(bytes)) ?? .null)
    }

    /// Posts JSON, or nothing, and gets something that is JSON.
    ///
    /// - Throws: ``ClientFailure``.
    func post(_ path: String, _ body: JSONObject? = nil, headers: [String: String] = [:]) async throws -> JSONValue {
        try await self.json(ServiceCall(.POST, path, body: body, headers: headers))
    }

    /// Removes something.
    ///
    /// - Throws: ``ClientFailure``.
    func delete(_ path: String) async throws -> JSONValue {
        try await self.json(ServiceCall(.DELETE, path))
    }

    /// Calls and reads an answer that is JSON; an empty one is null.
    ///
    /// - Throws: ``ClientFailure``.
    func json(_ call: ServiceCall) async throws -> JSONValue {
        let bytes = try await self.bytes(call)
        guard !bytes.isEmpty else { return .null }
        guard let value = try? JSONParser.parse(bytes) else {
            throw ClientFailure.failed("the service answered something that is not JSON; is \(self.address) one?")
        }
        return value
    }

    /// Calls and reads a whole answer.
    ///
    /// - Throws: ``ClientFailure``.
    func bytes(_ call: ServiceCall) async throws -> [UInt8] {
        let response = try await self.open(call)
        return try await self.telling { try await ServiceClient.collect(response) }
    }

    // MARK: Streamed answers

    /// Calls and hands on the answer piece by piece, as it comes.
    ///
    /// - Throws: ``ClientFailure``; what the body throws.
    func pieces(_ call: ServiceCall, _ body: (ByteBuffer) async throws -> Void) async throws {
        let response = try await self.open(call)
        var iterator = response.body.makeAsyncIterator()
        while let piece = try await self.telling({ try await iterator.next() }) { try await body(piece) }
    }

    /// Calls and hands on the lines of an answer that has one JSON value a line, as they come.
    ///
    /// - Throws: ``ClientFailure``; what the body throws.
    func lines(_ call: ServiceCall, _ body: (JSONValue) async throws -> Void) async throws {
        try await self.textLines(call) { line in
            guard !line.isEmpty else { return true }
            guard let value = try? JSONParser.parse(Array(line.utf8)) else {
                throw ClientFailure.failed("the service answered a line that is not JSON")
            }
            try await body(value)
            return true
        }
    }

    /// Calls and hands on the lines of an answer, without their ends, as they come, until the body has enough of them.
    ///
    /// `body`: whether it wants more.
    ///
    /// - Throws: ``ClientFailure``; what the body throws.
    func textLines(_ call: ServiceCall, _ body: (String) async throws -> Bool) async throws {
        var rest: [UInt8] = []
        let response = try await self.open(call)
        var iterator = response.body.makeAsyncIterator()
        while let piece = try await self.telling({ try await iterator.next() }) {
            rest.append(contentsOf: piece.readableBytesView)
            var start = rest.startIndex
            while let end = rest[start...].firstIndex(of: 0x0A) {
                let isWanted = try await body(Self.text(of: rest[start..<end]))
                start = end + 1
                guard isWanted else { return }
            }
            rest.removeSubrange(..<start)
            guard rest.count <= ServiceClient.limit else {
                throw ClientFailure.failed("the service answered a line that has no end")
            }
        }
        if !rest.isEmpty { _ = try await body(Self.text(of: rest[...])) }
    }

    /// The text of a line; a carriage return before its end belongs to that.
    private static func text(of line: ArraySlice<UInt8>) -> String {
        String(decoding: line.last == 0x0D ? line.dropLast() : line, as: UTF8.self)
    }

    // MARK: Parts

    /// Calls, and returns once the head of an answer is there that tells no error.
    private func open(_ call: ServiceCall) async throws -> HTTPClientResponse {
        let response = try await self.send(call)
        guard (200..<300).contains(response.status.code) else {
            let body = (try? await ServiceClient.collect(response)) ?? []
            throw ClientFailure(status: Int(response.status.code), body: body)
        }
        return response
    }

    /// Calls, and returns once the head of the answer is there.
    private func send(_ call: ServiceCall) async throws -> HTTPClientResponse {
        var request = HTTPClientRequest(url: self.address.description + call.path)
        request.method = call.method
        request.headers.add(name: "User-Agent", value: "shared-ollama/\(ServiceVersion.current)")
        request.headers.add(name: "Accept", value: "application/json, */*")
        if let key { request.headers.add(name: "Authorization", value: "Bearer \(key)") }
        for (name, value) in call.headers { request.headers.replaceOrAdd(name: name, value: value) }
        request.body = call.body
        return try await self.telling { [request] in
            try await self.http.execute(request, timeout: ServiceClient.patience)
        }
    }

    private static func collect(_ response: HTTPClientResponse) async throws -> [UInt8] {
        Array(try await response.body.collect(upTo: ServiceClient.limit).readableBytesView)
    }

    /// Runs something that may find no service.
    private func telling<Result>(_ body: () async throws -> Result) async throws -> Result {
        do {
            return try await body()
        } catch let failure as ClientFailure {
            throw failure
        } catch let error as HTTPClientError where error == .connectTimeout {
            throw ClientFailure.unreachable(address: self.address.description, reason: "no connection within 5 s")
        } catch is HTTPParserError {
            throw ClientFailure.failed("the answer broke off")
        } catch let error as HTTPClientError {
            throw ClientFailure.failed("the connection to \(self.address) broke: \(error.shortDescription)")
        } catch let error as NIOConnectionError {
            let cause = error.connectionErrors.first.map { "\($0.error)" } ?? error.dnsAError.map { "\($0)" }
            throw ClientFailure.unreachable(address: self.address.description, reason: cause ?? "no such host")
        } catch let error as IOError {
            throw ClientFailure.unreachable(
                address: self.address.description,
                reason: String(cString: strerror(error.errnoCode))
            )
        } catch is NIOTooManyBytesError {
            throw ClientFailure.failed("the answer is longer than \(ServiceClient.limit) bytes")
        }
    }
}

/// One call of a client.
struct ServiceCall: Sendable {
    let method: HTTPMethod
    /// The path with its query; what a user gave is ``ServiceClient/escaped(_:)``.
    let path: String
    var headers: [String: String]
    var body: HTTPClientRequest.Body?

    /// A call with JSON, or without a body.
    init(_ method: HTTPMethod, _ path: String, body: JSONObject? = nil, headers: [String: String] = [:]) {
        self.method = method
        self.path = path
        self.headers = headers
        guard let body else { return }
        self.headers["Content-Type"] = "application/json"
        self.body = .bytes(ByteBuffer(string: JSONValue.object(body).text))
    }

    /// A call whose body is sent piece by piece.
    ///
    /// `length`: of the body, in bytes.
    init(
        _ method: HTTPMethod,
        _ path: String,
        pieces: some AsyncSequence<ByteBuffer, any Error> & Sendable,
        length: Int,
        contentType: String,
        headers: [String: String] = [:]
    ) {
        self.method = method
        self.path = path
        self.headers = headers
        self.headers["Content-Type"] = contentType
        self.body = .stream(pieces, length: .known(Int64(length)))
    }
}
