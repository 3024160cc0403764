import GRDB

extension Migration {
    /// The models that are to stay in an engine's memory.
    ///
    /// `canonical` is the name by which a model is known, `model` the same as whoever pinned it spelt it.
    static let modelPins = Migration("model-pins-1") { database in
        try database.execute(
            sql: """
                CREATE TABLE model_pins (
                    id INTEGER PRIMARY KEY,
                    engine TEXT NOT NULL,
                    canonical TEXT NOT NULL,
                    model TEXT NOT NULL,
                    UNIQUE (engine, canonical)
                ) STRICT;
                """
        )
    }
}
