import Application
import Domain
import Logging
import Testing

@testable import Infrastructure

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

@Suite("The keys of projects")
struct KeyTests {
    private let hashing = LibCryptoHashing()

    @Test("Hashes are SHA-256 (FIPS 180-4, examples)")
    func vectors() {
        #expect(
            self.hashing.hash(of: "abc").description
                == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        )
        #expect(
            self.hashing.hash(of: "").description == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        )
        #expect(self.hashing.isSame(self.hashing.hash(of: "a"), self.hashing.hash(of: "a")))
        #expect(!self.hashing.isSame(self.hashing.hash(of: "a"), self.hashing.hash(of: "b")))
    }

    @Test("A new key has the project's name, 43 characters of base64url, and is never the same")
    func newKey() throws {
        let project = try ProjectName("my.project")
        let keys = (0..<100).map { _ in NewKey(for: project, hashing: self.hashing) }
        let prefix = "so_my.project_"
        for key in keys {
            let text = key.text.revealed
            #expect(text.hasPrefix(prefix) && text.count == prefix.count + 43, "\(text)")
            #expect(
                text.dropFirst(prefix.count).allSatisfy {
                    $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_")
                }
            )
            #expect(key.hash == self.hashing.hash(of: text))
            #expect(!"\(key)".contains(text))
        }
        #expect(Set(keys.map(\.text.revealed)).count == 100)
    }

    @Test("Keys are kept as hashes, listed in order and revoked by project or by the first digits of the hash")
    func store() async throws {
        try await TemporaryDirectory.with { directory in
            let database = try ServiceDatabase(directory: directory, logger: Logger(label: "test"))
            let store = SQLiteKeyStore(database: database)
            let (one, two) = (try ProjectName("one"), try ProjectName("two"))
            let date = Date(timeIntervalSince1970: 1000)
            let keys = [(one, "a", nil), (one, "b", Project.Role.admin), (two, "c", nil)].map {
                StoredKey(project: $0.0, hash: self.hashing.hash(of: $0.1), role: $0.2, createdAt: date)
            }
            for key in keys { try await store.add(key) }
            // Another connection, as the service has it, sees them at once.
            let other = SQLiteKeyStore(database: try ServiceDatabase(directory: directory, logger: Logger(label: "x")))
            #expect(try await other.keys() == keys)
            #expect(
                try await store.revoke(one, hashPrefix: String(keys[0].hash.description.prefix(12)).uppercased()) == 1
            )
            #expect(try await other.keys() == Array(keys.dropFirst()))
            #expect(try await store.revoke(two, hashPrefix: "") == 1)
            #expect(try await store.revoke(two, hashPrefix: "") == 0)
            #expect(try await other.keys() == [keys[1]])
        }
    }
}
