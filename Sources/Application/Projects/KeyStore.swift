public import Domain

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// A key as the database keeps it: never the key itself.
public struct StoredKey: Sendable, Equatable {
    /// Its project.
    public let project: ProjectName
    /// The SHA-256 of it.
    public let hash: KeyHash
    /// The role of who shows it; nil is that of the project in the settings, else user.
    public let role: Project.Role?
    /// When it was made.
    public let createdAt: Date

    /// Describes a key.
    public init(project: ProjectName, hash: KeyHash, role: Project.Role?, createdAt: Date) {
        self.project = project
        self.hash = hash
        self.role = role
        self.createdAt = createdAt
    }
}

/// Keeps the keys that the command line makes.
///
/// Every method throws an error of the store, which is for operators.
public protocol KeyStore: Sendable {
    /// Keeps a key.
    func add(_ key: StoredKey) async throws
    /// All keys that count, in the order in which they were made.
    func keys() async throws -> [StoredKey]
    /// Removes the keys of a project whose hash begins with these hexadecimal digits; no digits are all of them.
    ///
    /// - Returns: how many were removed.
    func revoke(_ project: ProjectName, hashPrefix: String) async throws -> Int
}
