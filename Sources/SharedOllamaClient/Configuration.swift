/// Whom a client calls, and how.
public struct ClientConfiguration: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
    /// Who is called.
    enum Target: Sendable, Hashable {
        case service(key: String?, project: String?)
        case direct
    }

    /// The address, without a slash at its end.
    public let url: String
    let target: Target

    /// The most requests for models that are under way at once from this client, waits between attempts included; at least 1.
    ///
    /// Further ones wait in the client, first come, first served. A stream counts for as long as it is read: a loop over one that
    /// makes calls of its own needs a place for both.
    public var maximumConcurrentRequests = 16
    /// How long a connection may take to be made.
    public var connectTimeout = Duration.seconds(5)
    /// How long the other side may say nothing: before an answer begins, and between two pieces of it.
    ///
    /// An answer that is not streamed begins when it is complete, and the service may have it wait in line before. A limit for
    /// a call as a whole is ``CallSettings/deadline``.
    public var silenceTimeout = Duration.seconds(600)
    /// A PEM file with the certificates that are trusted in place of the system's, for a service that signs its own; nil trusts
    /// the system's.
    public var trustedCertificates: String?
    /// The longest answer that is taken, in bytes.
    public var maximumAnswerBytes = 67_108_864
    /// How often, and when, calls are tried again.
    public var retry = RetryPolicy()

    private init(url: String, target: Target) {
        self.url = String(url.reversed().drop { $0 == "/" }.reversed())
        self.target = target
    }

    /// A Shared Ollama service.
    ///
    /// - Parameters:
    ///   - url: such as `http://127.0.0.1:8000`.
    ///   - key: the project's key, where the service wants one.
    ///   - project: who calls, where the service has no keys: 1 to 64 of `[A-Za-z0-9._-]`.
    /// - Returns: a configuration whose other parts have their defaults.
    public static func service(
        _ url: String = "http://127.0.0.1:8000",
        key: String? = nil,
        project: String? = nil
    ) -> ClientConfiguration {
        ClientConfiguration(url: url, target: .service(key: key, project: project))
    }

    /// An Ollama without a service before it.
    ///
    /// - Parameter url: such as `http://127.0.0.1:11434`.
    /// - Returns: a configuration whose other parts have their defaults.
    public static func direct(_ url: String = "http://127.0.0.1:11434") -> ClientConfiguration {
        ClientConfiguration(url: url, target: .direct)
    }

    /// The same with changes: `.service("…").with { $0.maximumConcurrentRequests = 4 }`.
    public func with(_ change: (inout ClientConfiguration) -> Void) -> ClientConfiguration {
        var copy = self
        change(&copy)
        return copy
    }

    /// The address; never the key.
    public var description: String { "\(self.target == .direct ? "direct" : "service") \(self.url)" }

    /// What the description says.
    public var customMirror: Mirror { Mirror(self, children: ["url": self.url]) }

    var wire: any Wire {
        switch self.target {
        case .service(let key, let project): ServiceWire(key: key, project: project)
        case .direct: OllamaWire()
        }
    }
}
