public import Domain
import HTTPTypes
import Hummingbird
import NIOCore
import Synchronization

/// Who may reach the service at all: by which name, and from which web pages.
///
/// The settings may be replaced while requests are served.
public final class Door: Sendable {
    /// The settings of the door.
    public struct Settings: Sendable, Equatable {
        /// Whether the service listens on loopback alone: only then the names by which callers know it are checked,
        /// against web pages that have their own name mean this machine (DNS rebinding).
        public var isLocal: Bool
        /// Names that are accepted beside those of this machine.
        public var hosts: [String]
        /// Origins from which web pages may call; nil is Ollama's own list.
        public var origins: [String]?
        /// The peers whose `X-Forwarded-For` counts.
        public var trustedProxies: [IPNetwork]

        /// Describes a door.
        public init(
            isLocal: Bool,
            hosts: [String] = [],
            origins: [String]? = nil,
            trustedProxies: [IPNetwork] = []
        ) {
            self.isLocal = isLocal
            self.hosts = hosts
            self.origins = origins
            self.trustedProxies = trustedProxies
        }
    }

    private struct State {
        var settings: Settings
        var hosts: [Wildcard]
        var origins: OriginList
        /// The host that was accepted last: most callers name the same one again and again.
        var accepted: String?

        init(_ settings: Settings) {
            self.settings = settings
            self.hosts = settings.hosts.map { Wildcard($0) }
            self.origins = settings.origins.map { OriginList($0) } ?? .standard
        }
    }

    private let state: Mutex<State>

    /// Creates a door.
    public init(_ settings: Settings) {
        self.state = Mutex(State(settings))
    }

    /// Takes the settings anew.
    public func replace(_ settings: Settings) {
        self.state.withLock { $0 = State(settings) }
    }

    // MARK: Checks

    /// Refuses a request by its `Host` or its `Origin`.
    ///
    /// - Throws: ``ServiceError`` `forbidden`.
    func check(_ request: Request, _ sent: SentFields = .any) throws {
        let authority = request.head.authority
        try self.checkHost(authority)
        guard sent.contains(.origin), let origin = request.headers[.origin], !Door.isSame(origin, authority) else {
            return
        }
        guard self.state.withLock({ $0.origins }).allows(origin) else {
            throw ServiceError(
                .forbidden,
                "Web pages of the origin '\(origin.prefix(100))' may not call; allow it with server.origins.",
                isRetryable: false
            )
        }
    }

    private func checkHost(_ authority: String?) throws {
        guard let authority else { return }
        let hosts = self.state.withLock { state -> [Wildcard]? in
            state.settings.isLocal && state.accepted != authority ? state.hosts : nil
        }
        guard let hosts else { return }
        guard Door.isOfThisMachine(authority, hosts) else {
            throw ServiceError(
                .forbidden,
                "The host '\(authority.prefix(100))' is not a name of this machine; allow it with server.hosts.",
                isRetryable: false
            )
        }
        self.state.withLock { state in
            // Settings that have come meanwhile may know better.
            if state.hosts == hosts { state.accepted = authority }
        }
    }

    /// The address from which a request comes: the peer's, or what a trusted proxy says of it.
    ///
    /// Of `X-Forwarded-For` the last address counts that is not a trusted proxy's itself: whatever stands before it
    /// anybody may have written.
    func origin(of request: Request, peer: IPNetwork?) -> (address: IPNetwork?, isForwarded: Bool) {
        let names = request.headers.contains { Door.isForwarding($0.name) }
        guard names, let peer else { return (peer, names) }
        let trusted = self.state.withLock { $0.settings.trustedProxies }
        guard trusted.contains(where: { $0.contains(peer) }) else { return (peer, true) }
        let chain = request.headers[values: .xForwardedFor].flatMap { $0.split(separator: ",") }
        for entry in chain.reversed() {
            guard let address = IPNetwork(entry.filter { $0 != " " && $0 != "[" && $0 != "]" }) else { break }
            if !trusted.contains(where: { $0.contains(address) }) || address.isLoopback { return (address, false) }
        }
        return (peer, true)
    }

    private static func isForwarding(_ name: HTTPField.Name) -> Bool {
        let name = name.canonicalName
        return name == "forwarded" || name == "via" || name.hasPrefix("x-forwarded-")
    }

    /// A page that the service itself has served.
    private static func isSame(_ origin: String, _ authority: String?) -> Bool {
        guard let authority else { return false }
        let origin = origin.lowercased()
        return origin == "http://\(authority.lowercased())" || origin == "https://\(authority.lowercased())"
    }

    private static func isOfThisMachine(_ authority: String, _ allowed: [Wildcard]) -> Bool {
        let name = Door.hostName(authority)
        if name == "localhost" || allowed.contains(where: { $0.matches(name) }) { return true }
        if [".localhost", ".local", ".internal"].contains(where: { name.hasSuffix($0) && name.count > $0.count }) {
            return true
        }
        guard let address = IPNetwork(name) else { return false }
        // The addresses that stand for all of a machine's lead to its loopback interface.
        return address.isLoopback || ["0.0.0.0", "::"].contains(name) || Door.ownAddresses.contains(address)
    }

    /// The name without the port, in lower case; an IPv6 address without its brackets.
    private static func hostName(_ authority: String) -> String {
        let text = authority.lowercased()
        if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
            return String(text[text.index(after: text.startIndex)..<end])
        }
        let name =
            text.split(separator: ":", omittingEmptySubsequences: false).count == 2
            ? text.prefix { $0 != ":" } : text[...]
        return String(name.hasSuffix(".") ? name.dropLast() : name)
    }

    private static var ownAddresses: [IPNetwork] {
        let devices = (try? System.enumerateDevices()) ?? []
        return devices.compactMap { $0.address?.ipAddress.flatMap { IPNetwork($0) } }
    }

    // MARK: CORS

    /// Whether a request only asks what pages of an origin may do (the Fetch standard's CORS-preflight request).
    func isPreflight(_ request: Request) -> Bool {
        request.method == .options && request.headers[.origin] != nil
            && request.headers[.accessControlRequestMethod] != nil
    }

    /// The answer to such a request whose origin has been checked.
    func preflightAnswer(_ request: Request) -> Response {
        var headers = HTTPFields()
        headers[.accessControlAllowMethods] = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
        // Clients send headers of their own (x-stainless-…); none of them is a reason to refuse a page.
        headers[.accessControlAllowHeaders] =
            request.headers[.accessControlRequestHeaders] ?? "Authorization, Content-Type, X-Api-Key"
        headers[.accessControlMaxAge] = "600"
        return Response(status: .noContent, headers: headers)
    }

    /// Lets the page of an allowed origin read an answer; never with credentials of the browser's.
    func addHeaders(for request: Request, to headers: inout HTTPFields) {
        guard let origin = request.headers[.origin] else { return }
        headers.append(HTTPField(name: .vary, value: "Origin"))
        let origins = self.state.withLock { $0.origins }
        guard origins.allows(origin) else { return }
        headers[.accessControlAllowOrigin] = origins.allowsAll ? "*" : origin
        headers[.accessControlExposeHeaders] =
            "X-Request-ID, X-Engine, X-Model, X-Priority, X-Queue-Wait-Ms, X-Overhead-Ms, X-Context-Truncated, "
            + "X-Ignored-Fields, Retry-After, Retry-After-Ms, X-Should-Retry, RateLimit, RateLimit-Policy"
    }
}
