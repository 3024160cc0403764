public import Application
import Domain
import GRDB

/// The pinned models in the service's database.
public struct SQLitePinStore: PinStore {
    private let database: ServiceDatabase

    /// Creates a store.
    public init(database: ServiceDatabase) {
        self.database = database
    }

    /// See ``PinStore/pins()``.
    ///
    /// - Throws: ``StorageError``.
    public func pins() async throws -> [ModelPin] {
        try await self.database.read { database in
            let rows = try Row.fetchAll(database, sql: "SELECT engine, model FROM model_pins ORDER BY id")
            // A row that this service did not write is no pin.
            return rows.compactMap { row in
                let (engine, name): (String, String) = (row["engine"], row["model"])
                return (try? ModelName(name)).map { ModelPin(model: $0, engine: EngineName(engine)) }
            }
        }
    }

    /// See ``PinStore/add(_:)``.
    ///
    /// - Throws: ``StorageError``.
    public func add(_ pin: ModelPin) async throws {
        try await self.database.write { database in
            try database.execute(
                sql: "INSERT OR IGNORE INTO model_pins (engine, canonical, model) VALUES (?, ?, ?)",
                arguments: [pin.engine.description, pin.model.canonical, pin.model.spelling]
            )
        }
    }

    /// See ``PinStore/remove(_:)``.
    ///
    /// - Throws: ``StorageError``.
    public func remove(_ pin: ModelPin) async throws {
        try await self.database.write { database in
            try database.execute(
                sql: "DELETE FROM model_pins WHERE engine = ? AND canonical = ?",
                arguments: [pin.engine.description, pin.model.canonical]
            )
        }
    }
}
