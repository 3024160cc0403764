import GRDB

extension Migration {
    /// The usage ledger: one row a request.
    ///
    /// Times are milliseconds since 1970 (`at`) or microseconds (`_us`); a column is null where nothing is known.
    static let usage = Migration("usage-1") { database in
        try database.execute(
            sql: """
                CREATE TABLE usage (
                    id INTEGER PRIMARY KEY,
                    at INTEGER NOT NULL,
                    request_id TEXT NOT NULL,
                    project TEXT NOT NULL,
                    dialect TEXT NOT NULL,
                    operation TEXT NOT NULL,
                    model TEXT,
                    engine TEXT,
                    class TEXT,
                    queue TEXT,
                    status INTEGER NOT NULL,
                    ending TEXT NOT NULL,
                    error_code TEXT,
                    phase TEXT NOT NULL,
                    reason TEXT,
                    warm INTEGER,
                    share REAL NOT NULL,
                    prompt_tokens INTEGER,
                    completion_tokens INTEGER,
                    cached_tokens INTEGER,
                    reasoning_tokens INTEGER,
                    pieces INTEGER NOT NULL,
                    queue_wait_us INTEGER,
                    first_event_us INTEGER,
                    total_us INTEGER NOT NULL,
                    overhead_us INTEGER,
                    load_us INTEGER,
                    prompt_us INTEGER,
                    generation_us INTEGER
                ) STRICT;
                CREATE INDEX usage_by_time ON usage (at);
                CREATE INDEX usage_by_project ON usage (project, at);
                """
        )
    }
}
