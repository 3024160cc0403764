import GRDB

extension Migration {
    /// The answers that are given again to requests with the same `Idempotency-Key`.
    ///
    /// `at` is milliseconds since 1970; the body comes last, so that nobody reads past it.
    static let idempotency = Migration("idempotency-1") { database in
        try database.execute(
            sql: """
                CREATE TABLE idempotency (
                    id INTEGER PRIMARY KEY,
                    project TEXT NOT NULL,
                    key TEXT NOT NULL,
                    at INTEGER NOT NULL,
                    fingerprint BLOB NOT NULL,
                    status INTEGER NOT NULL,
                    content_type TEXT NOT NULL,
                    size INTEGER NOT NULL,
                    body BLOB NOT NULL,
                    UNIQUE (project, key)
                ) STRICT;
                CREATE INDEX idempotency_by_project ON idempotency (project, at, size);
                CREATE INDEX idempotency_by_time ON idempotency (at);
                """
        )
    }
}
