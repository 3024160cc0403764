import Application
import Domain
import Foundation
import Testing

@testable import Infrastructure

@Suite("Stored answers in the database")
struct SQLiteIdempotencyStoreTests {
    private static let bounds = IdempotencyBounds(records: 100, bytes: 1_000_000)

    private static func with(_ body: (SQLiteIdempotencyStore) async throws -> Void) async throws {
        try await TemporaryDirectory.with { directory in
            let database = try ServiceDatabase(directory: directory, logger: CollectedLog().logger)
            try await body(SQLiteIdempotencyStore(database: database))
        }
    }

    private static func record(
        _ key: String,
        project: String = "search",
        at second: Int = 0,
        body: [UInt8] = [0, 1, 255]
    ) throws -> IdempotencyRecord {
        IdempotencyRecord(
            project: try ProjectName(project),
            key: try IdempotencyKey(key),
            fingerprint: Array(repeating: 7, count: 32),
            answer: StoredAnswer(status: 200, contentType: "text/event-stream", body: body),
            createdAt: Date(timeIntervalSince1970: Double(second))
        )
    }

    private static func keys(
        _ store: SQLiteIdempotencyStore,
        of keys: [String],
        in project: String = "search"
    )
        async throws -> [String]
    {
        var found: [String] = []
        for key in keys where try await store.record(of: try IdempotencyKey(key), in: try ProjectName(project)) != nil {
            found.append(key)
        }
        return found
    }

    @Test("What comes out is what went in, and a later answer takes the place of an earlier")
    func roundTrip() async throws {
        try await Self.with { store in
            let first = try Self.record("a")
            try await store.save(first, within: Self.bounds)
            #expect(try await store.record(of: first.key, in: first.project) == first)
            let second = try Self.record("a", at: 5, body: [])
            try await store.save(second, within: Self.bounds)
            #expect(try await store.record(of: first.key, in: first.project) == second)
            #expect(try await store.record(of: first.key, in: try ProjectName("other")) == nil)
        }
    }

    @Test("Of a project only the newest within the bounds stay, and nobody else's go for them")
    func bounds() async throws {
        try await Self.with { store in
            try await store.save(try Self.record("other", project: "other"), within: Self.bounds)
            let names = (0..<10).map { "key-\($0)" }
            for (second, name) in names.enumerated() {
                let bounds = IdempotencyBounds(records: 4, bytes: 1_000_000)
                try await store.save(try Self.record(name, at: second), within: bounds)
            }
            #expect(try await Self.keys(store, of: names) == ["key-6", "key-7", "key-8", "key-9"])
            let large = try Self.record("large", at: 20, body: Array(repeating: 1, count: 94))
            try await store.save(large, within: IdempotencyBounds(records: 4, bytes: 100))
            #expect(try await Self.keys(store, of: names + ["large"]) == ["key-8", "key-9", "large"])
            #expect(try await Self.keys(store, of: ["other"], in: "other") == ["other"])
        }
    }

    @Test("What is too old goes, in pieces")
    func removal() async throws {
        try await Self.with { store in
            let names = (0..<6).map { "key-\($0)" }
            for (second, name) in names.enumerated() {
                try await store.save(try Self.record(name, at: second), within: Self.bounds)
            }
            let limit = Date(timeIntervalSince1970: 5)
            #expect(try await store.removeRecords(before: limit, atMost: 3) == 3)
            #expect(try await store.removeRecords(before: limit, atMost: 3) == 2)
            #expect(try await Self.keys(store, of: names) == ["key-5"])
        }
    }

    @Test("SHA-256 is that of FIPS 180-4")
    func digest() {
        func hex(_ bytes: some Sequence<UInt8>) -> String {
            LibcryptoDigest().sha256(bytes).map { byte in
                let digits = String(byte, radix: 16)
                return digits.count == 1 ? "0\(digits)" : digits
            }.joined()
        }
        #expect(hex([]) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        #expect(hex("abc".utf8) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(hex("cba".utf8.reversed()) == hex("abc".utf8))
    }
}
