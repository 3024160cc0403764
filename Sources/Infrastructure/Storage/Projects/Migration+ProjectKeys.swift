import GRDB

extension Migration {
    /// The keys of projects: hashes only.
    ///
    /// `created_at` is in milliseconds since 1970; a null role is the project's own.
    static let projectKeys = Migration("project-keys-1") { database in
        try database.execute(
            sql: """
                CREATE TABLE project_keys (
                    id INTEGER PRIMARY KEY,
                    project TEXT NOT NULL,
                    sha256 TEXT NOT NULL UNIQUE,
                    role TEXT,
                    created_at INTEGER NOT NULL
                ) STRICT;
                CREATE INDEX project_keys_by_project ON project_keys (project);
                """
        )
    }
}
