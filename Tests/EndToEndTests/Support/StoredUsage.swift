import Foundation
import GRDB

/// The service's database, as somebody sees it who opens the file.
struct StoredUsage {
    /// One request of the ledger.
    struct Request: Equatable {
        let id: String
        let project: String
        let status: Int
        let ending: String
        let phase: String
        let model: String?
        let errorCode: String?
        let promptTokens: Int?
        let completionTokens: Int?
        let pieces: Int
        let totalMicroseconds: Int
    }

    private let path: String

    init(in directory: String) {
        self.path = "\(directory)/shared-ollama.sqlite"
    }

    /// All requests, in the order in which they were written.
    func requests() throws -> [Request] {
        try self.read { database in
            try Row.fetchAll(database, sql: "SELECT * FROM usage ORDER BY id").map { row in
                Request(
                    id: row["request_id"],
                    project: row["project"],
                    status: row["status"],
                    ending: row["ending"],
                    phase: row["phase"],
                    model: row["model"],
                    errorCode: row["error_code"],
                    promptTokens: row["prompt_tokens"],
                    completionTokens: row["completion_tokens"],
                    pieces: row["pieces"],
                    totalMicroseconds: row["total_us"]
                )
            }
        }
    }

    /// How many requests there are.
    func count() throws -> Int {
        try self.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM usage") ?? 0 }
    }

    /// What SQLite thinks of the whole file: "ok", or what is wrong.
    func integrity() throws -> String {
        try self.read { try String.fetchOne($0, sql: "PRAGMA integrity_check") ?? "" }
    }

    private func read<Value>(_ body: (Database) throws -> Value) throws -> Value {
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(5)
        return try DatabaseQueue(path: self.path, configuration: configuration).read(body)
    }
}
