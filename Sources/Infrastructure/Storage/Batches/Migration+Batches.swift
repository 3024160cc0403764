import GRDB

extension Migration {
    /// Files and durable batches.
    ///
    /// Times are milliseconds since 1970. `contents` are files on the disk, by their SHA-256; a file of a batch has none:
    /// its lines are in `batch_results`, under the number of their item, so that no item can have two. States of items: 0
    /// waits, 1 runs, 2 succeeded, 3 has any other outcome.
    static let batches = Migration("batches-1") { database in
        try database.execute(sql: Migration.fileTables + Migration.batchTables)
    }

    private static let fileTables = """
        CREATE TABLE contents (
            number INTEGER PRIMARY KEY,
            sha256 TEXT NOT NULL UNIQUE,
            bytes INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE files (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            project TEXT NOT NULL,
            filename TEXT NOT NULL,
            purpose TEXT NOT NULL,
            bytes INTEGER NOT NULL,
            created_at INTEGER NOT NULL,
            expires_at INTEGER,
            content INTEGER,
            batch INTEGER,
            successes INTEGER
        ) STRICT;
        CREATE INDEX files_by_project ON files (project, number);
        CREATE INDEX files_by_expiry ON files (expires_at) WHERE expires_at IS NOT NULL;
        CREATE INDEX files_by_content ON files (content) WHERE content IS NOT NULL;
        CREATE INDEX files_by_batch ON files (batch) WHERE batch IS NOT NULL;

        """

    private static let batchTables = """
        CREATE TABLE batches (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            project TEXT NOT NULL,
            endpoint TEXT NOT NULL,
            input_file TEXT NOT NULL,
            content INTEGER,
            window TEXT NOT NULL,
            metadata TEXT NOT NULL,
            output_life INTEGER,
            created_at INTEGER NOT NULL,
            expires_at INTEGER NOT NULL,
            status TEXT NOT NULL,
            in_progress_at INTEGER,
            finalizing_at INTEGER,
            completed_at INTEGER,
            failed_at INTEGER,
            expired_at INTEGER,
            cancelling_at INTEGER,
            cancelled_at INTEGER,
            ended_at INTEGER,
            paused_at INTEGER,
            total INTEGER NOT NULL,
            completed INTEGER NOT NULL,
            failed INTEGER NOT NULL,
            running INTEGER NOT NULL,
            input_tokens INTEGER NOT NULL,
            cached_tokens INTEGER NOT NULL,
            output_tokens INTEGER NOT NULL,
            reasoning_tokens INTEGER NOT NULL,
            errors TEXT NOT NULL,
            output_file TEXT,
            error_file TEXT,
            pace_since INTEGER,
            pace_from INTEGER NOT NULL,
            announced INTEGER NOT NULL DEFAULT 0
        ) STRICT;
        CREATE INDEX batches_by_project ON batches (project, number);
        CREATE INDEX batches_open ON batches (expires_at) WHERE ended_at IS NULL;
        CREATE INDEX batches_ended ON batches (ended_at) WHERE ended_at IS NOT NULL;
        CREATE INDEX batches_unannounced ON batches (ended_at) WHERE ended_at IS NOT NULL AND announced = 0;
        CREATE INDEX batches_by_content ON batches (content) WHERE content IS NOT NULL;
        CREATE TABLE batch_models (
            number INTEGER PRIMARY KEY,
            batch INTEGER NOT NULL,
            model TEXT NOT NULL,
            waiting INTEGER NOT NULL,
            UNIQUE (batch, model)
        ) STRICT;
        CREATE TABLE batch_items (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            batch INTEGER NOT NULL,
            line INTEGER NOT NULL,
            custom_id TEXT NOT NULL,
            model INTEGER NOT NULL,
            offset INTEGER NOT NULL,
            length INTEGER NOT NULL,
            state INTEGER NOT NULL DEFAULT 0,
            UNIQUE (batch, custom_id)
        ) STRICT;
        CREATE INDEX batch_items_waiting ON batch_items (model, number) WHERE state = 0;
        CREATE INDEX batch_items_running ON batch_items (batch) WHERE state = 1;
        CREATE TABLE batch_results (
            item INTEGER PRIMARY KEY,
            batch INTEGER NOT NULL,
            success INTEGER NOT NULL,
            line BLOB NOT NULL
        ) STRICT;
        CREATE INDEX batch_results_by_batch ON batch_results (batch, success, item);
        """
}
