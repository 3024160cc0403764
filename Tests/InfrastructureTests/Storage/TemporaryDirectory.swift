import Foundation

/// A directory that is gone after the test.
struct TemporaryDirectory {
    let path: String

    init() throws {
        let name = "shared-ollama-storage-\(UUID().uuidString)"
        self.path = FileManager.default.temporaryDirectory.appendingPathComponent(name).path
        try FileManager.default.createDirectory(atPath: self.path, withIntermediateDirectories: true)
    }

    func remove() {
        try? FileManager.default.removeItem(atPath: self.path)
    }

    static func with<Value>(_ body: (String) async throws -> Value) async throws -> Value {
        let directory = try TemporaryDirectory()
        defer { directory.remove() }
        return try await body(directory.path)
    }
}
