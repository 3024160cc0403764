import GRDB

/// Why the database cannot be used.
///
/// The texts are for operators: they hold paths and never reach a caller.
public struct StorageError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong with it.
    public enum Kind: Sendable, Equatable {
        /// The file cannot be opened or written: permissions, a full or failing disk, a lock that is not given back.
        case unwritable
        /// The file is damaged, or is no database of this service.
        case unusable
        /// A statement was refused although the store works: a fault of ours.
        case refused
    }

    /// What is wrong with it.
    public let kind: Kind
    /// A sentence for the operator.
    public let description: String
}

extension StorageError {
    /// Translates what SQLite says.
    init(_ error: DatabaseError, path: String) {
        let words = error.message ?? "SQLite code \(error.extendedResultCode.rawValue)"
        switch error.resultCode {
        case .SQLITE_CORRUPT, .SQLITE_NOTADB:
            self.init(
                kind: .unusable,
                description:
                    "the database \(path) is damaged (\(words)): stop the service, move the file aside together "
                    + "with its -wal and -shm, and put a backup in its place, or start with an empty one"
            )
        case .SQLITE_FULL:
            self.init(kind: .unwritable, description: "the disk of the database \(path) is full")
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            self.init(
                kind: .unwritable,
                description: "the database \(path) is locked by another program (\(words))"
            )
        case .SQLITE_READONLY, .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_AUTH, .SQLITE_IOERR, .SQLITE_NOMEM,
            .SQLITE_PROTOCOL, .SQLITE_NOLFS:
            self.init(
                kind: .unwritable,
                description: "the database \(path) cannot be read or written (\(words)): look at the disk and at the "
                    + "permissions of the file and its directory"
            )
        default:
            self.init(kind: .refused, description: "the database \(path) refused a statement: \(words)")
        }
    }
}
