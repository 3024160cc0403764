import GRDB

/// One step of the database's schema, applied once and in order.
///
/// A feature that keeps something adds its step as a static value beside its store, and its name at the end of
/// ``Migration/all``. A step that has been released never changes: what is to be different is another step.
struct Migration: Sendable {
    /// The name under which the database remembers it.
    let name: String
    /// Makes the change; it runs in a transaction of its own.
    let apply: @Sendable (Database) throws -> Void

    init(_ name: String, apply: @escaping @Sendable (Database) throws -> Void) {
        self.name = name
        self.apply = apply
    }

    /// All steps, in the order in which they are applied.
    static let all: [Migration] = [.usage, .idempotency, .projectKeys, .batches, .modelPins]

    /// The migrator of these steps.
    static func migrator(_ migrations: [Migration]) -> DatabaseMigrator {
        var migrator = DatabaseMigrator()
        for migration in migrations {
            migrator.registerMigration(migration.name, migrate: migration.apply)
        }
        return migrator
    }
}
