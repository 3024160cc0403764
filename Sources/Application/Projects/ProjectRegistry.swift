public import Domain
import Synchronization

/// The projects: those of the settings, those of keys in the database, and callers that only give a name.
public final class ProjectRegistry: Sendable {
    /// What the settings say of projects.
    public struct Settings: Sendable {
        /// A project and the hashes of its keys.
        public struct Entry: Sendable {
            /// The project.
            public var project: Project
            /// The hashes of its keys.
            public var keyHashes: [KeyHash]

            /// Describes an entry.
            public init(project: Project, keyHashes: [KeyHash]) {
                self.project = project
                self.keyHashes = keyHashes
            }
        }

        /// The projects, each with its keys.
        public var projects: [Entry]
        /// How many names of callers without a key have a share of their own.
        public var maxUnregistered: Int
        /// Whether somebody without a key may call although other machines reach the service and no key is there.
        public var allowsAnonymous: Bool
        /// Whether the service listens on loopback alone.
        public var isLocal: Bool

        /// Describes the settings.
        public init(projects: [Entry], maxUnregistered: Int, allowsAnonymous: Bool, isLocal: Bool) {
            self.projects = projects
            self.maxUnregistered = maxUnregistered
            self.allowsAnonymous = allowsAnonymous
            self.isLocal = isLocal
        }
    }

    private struct Candidate {
        let hash: KeyHash
        let project: Project
    }

    private struct State {
        var settings: Settings
        var stored: [StoredKey] = []
        var candidates: [UInt64: [Candidate]] = [:]
        var names: NameTable
    }

    private let hashing: any KeyHashing
    private let clock: any ServiceClock
    private let state: Mutex<State>

    /// Creates a registry of what the settings say, without keys of the database.
    public init(_ settings: Settings, hashing: any KeyHashing, clock: any ServiceClock) {
        self.hashing = hashing
        self.clock = clock
        self.state = Mutex(State(settings: settings, names: NameTable(capacity: settings.maxUnregistered)))
        self.replace(settings)
    }

    // MARK: Changing

    /// Takes the settings anew.
    public func replace(_ settings: Settings) {
        self.state.withLock { state in
            state.settings = settings
            state.names.capacity = settings.maxUnregistered
            state.candidates = ProjectRegistry.candidates(settings, state.stored)
        }
    }

    /// Takes the keys of the database anew.
    public func replace(_ stored: [StoredKey]) {
        self.state.withLock { state in
            guard stored != state.stored else { return }
            state.stored = stored
            state.candidates = ProjectRegistry.candidates(state.settings, stored)
        }
    }

    private static func candidates(_ settings: Settings, _ stored: [StoredKey]) -> [UInt64: [Candidate]] {
        var projects: [ProjectName: Project] = [:]
        var candidates: [UInt64: [Candidate]] = [:]
        for entry in settings.projects {
            projects[entry.project.name] = entry.project
            for hash in entry.keyHashes {
                candidates[hash.leadingBits, default: []].append(Candidate(hash: hash, project: entry.project))
            }
        }
        for key in stored {
            var project = projects[key.project] ?? Project(name: key.project)
            if let role = key.role { project.role = role }
            candidates[key.hash.leadingBits, default: []].append(Candidate(hash: key.hash, project: project))
        }
        return candidates
    }

    // MARK: Asking

    /// Whether there is any key at all.
    public var hasKeys: Bool { self.state.withLock { !$0.candidates.isEmpty } }

    /// Whether a caller has to show a key: there are keys, or other machines reach the service and not everybody may
    /// call.
    public var requiresKey: Bool {
        self.state.withLock { state in
            !state.candidates.isEmpty || !(state.settings.isLocal || state.settings.allowsAnonymous)
        }
    }

    /// The caller that shows a key.
    ///
    /// - Throws: ``ServiceError`` `unauthenticated` if the key is not one that counts.
    public func caller(key: String) throws -> Caller {
        // A key has at most 112 characters; hashing what is longer would only cost time.
        guard key.utf8.count <= 1024 else { throw ServiceError.wrongKey }
        let hash = self.hashing.hash(of: key)
        let candidates = self.state.withLock { $0.candidates[hash.leadingBits] ?? [] }
        // The table is found by a part of the hash, which nobody can choose without knowing a key; the rest is compared
        // in constant time.
        guard let found = candidates.first(where: { self.hashing.isSame($0.hash, hash) }) else {
            throw ServiceError.wrongKey
        }
        return Caller(project: found.project, hasKey: true)
    }

    /// The caller that gives only a name, where no key is needed.
    ///
    /// - Parameters:
    ///   - name: the name that it gives, or nil.
    ///   - isOnLoopback: whether it is on this machine; only there it is an admin.
    /// - Returns: the caller.
    /// - Throws: ``ServiceError`` `unauthenticated` if a key is needed.
    public func caller(named name: ProjectName?, isOnLoopback: Bool) throws -> Caller {
        let now = self.clock.now
        return try self.state.withLock { state in
            guard state.candidates.isEmpty, state.settings.isLocal || state.settings.allowsAnonymous else {
                throw ServiceError.keyMissing
            }
            let given = name ?? .default
            let role: Project.Role = isOnLoopback ? .admin : .user
            // What the settings say of a project holds for its name, as long as names are all there is.
            if var project = state.settings.projects.first(where: { $0.project.name == given })?.project {
                if role == .admin { project.role = .admin } else { project.role = .user }
                return Caller(project: project, hasKey: false)
            }
            return Caller(project: Project(name: state.names.admit(given, at: now), role: role), hasKey: false)
        }
    }

    /// What holds for work that a project left behind, when nobody calls: what the settings say of its name.
    ///
    /// It has the rights that a caller on this machine has as long as there are no keys.
    public func project(named name: ProjectName) -> Project {
        self.state.withLock { state in
            let known = state.settings.projects.first { $0.project.name == name }?.project
            var project = known ?? Project(name: name)
            if state.candidates.isEmpty, state.settings.isLocal { project.role = .admin }
            return project
        }
    }

    /// How many names of callers without a key have a place.
    public var unregisteredCount: Int { self.state.withLock { $0.names.count } }

    /// All projects that the settings name.
    public var configured: [Project] { self.state.withLock { $0.settings.projects.map(\.project) } }
}

extension ServiceError {
    /// No key was shown where one is needed.
    public static let keyMissing = ServiceError(
        .unauthenticated,
        "A key is needed: send it as 'Authorization: Bearer KEY', as the password of 'Authorization: Basic', or as "
            + "'x-api-key'.",
        isRetryable: false
    )
    /// The key that was shown does not count.
    public static let wrongKey = ServiceError(
        .unauthenticated,
        "The key is not valid. It may have been revoked; 'shared-ollama keys create NAME' makes a new one.",
        isRetryable: false
    )
    /// Only an admin may do this.
    public static let adminsOnly = ServiceError(
        .forbidden,
        "Only a key with the role admin may do this.",
        isRetryable: false
    )
}
