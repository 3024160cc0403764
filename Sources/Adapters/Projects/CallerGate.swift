import Application
import Domain
import HTTPTypes
import Hummingbird

/// Finds out who calls, before anything that costs something.
struct CallerGate: Sendable {
    let registry: ProjectRegistry
    let wrongKeys: WrongKeys

    /// The caller of a request.
    ///
    /// - Throws: ``ServiceError`` `unauthenticated`, `forbidden`, `invalid_request` for a bad name, or `rate_limited`
    ///   for one wrong key too many.
    func caller(of arrival: Arrival, from origin: RequestOrigin) throws -> Caller {
        let isOnLoopback = origin.isOnLoopback
        let key = try arrival.key.get()
        switch arrival.traits.access {
        case .open:
            // Health is told to everybody; a key that counts may see more of it.
            let known = key.flatMap { try? self.caller(key: $0, from: origin) }
            return known ?? (try? self.registry.caller(named: nil, isOnLoopback: isOnLoopback)) ?? .nobody
        case .operations where isOnLoopback && key == nil:
            return Caller(project: Project(name: .default, role: .admin), hasKey: false)
        case .operations:
            guard let key else { throw ServiceError.keyMissing }
            let caller = try self.caller(key: key, from: origin)
            guard caller.isAdmin else { throw ServiceError.adminsOnly }
            return caller
        case .keyed:
            if let key, self.registry.hasKeys || self.registry.requiresKey {
                return try self.caller(key: key, from: origin)
            }
            return try self.registry.caller(named: CallerGate.name(in: arrival.request), isOnLoopback: isOnLoopback)
        }
    }

    private func caller(key: String, from origin: RequestOrigin) throws -> Caller {
        do {
            return try self.registry.caller(key: key)
        } catch let error as ServiceError where error == .wrongKey {
            throw self.wrongKeys.refusal(for: origin.address)
        }
    }

    /// The name by which a caller without a key calls itself.
    private static func name(in request: Request) throws -> ProjectName? {
        try request.headers[.xProjectName].map { try ProjectName($0) }
    }
}

extension Caller {
    /// A caller of whom nothing is known.
    static let nobody = Caller(project: Project(name: .default, role: .user), hasKey: false)
}

/// What a caller has to show on a route.
enum RouteAccess {
    /// Nothing.
    case open
    /// Nothing on loopback, elsewhere an admin's key.
    case operations
    /// What the registry says.
    case keyed

    init(path: String) {
        switch path {
        case "/livez", "/healthz", "/readyz", "/health", "/api/v1/health": self = .open
        case "/metrics", "/openapi.json", "/api/docs", "/dashboard": self = .operations
        default: self = .keyed
        }
    }
}

/// The class that a request names.
enum PriorityHeader {
    /// Reads `X-Priority`.
    ///
    /// - Throws: ``ServiceError`` `invalid_request` for a word that is none of the classes.
    static func requestClass(in headers: HTTPFields, _ sent: SentFields = .any) throws -> RequestClass? {
        guard sent.contains(.priority), let text = headers[.xPriority] else { return nil }
        if let given = RequestClass(rawValue: text.lowercased()) { return given }
        throw ServiceError(
            .invalidRequest,
            "The header X-Priority is '\(text.prefix(32))'; it must be interactive, normal or batch."
        )
    }
}
