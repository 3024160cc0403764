import Domain
import Testing

@Suite("Times and digests of models")
struct ModelTimesAndDigestsTests {
    @Test(
        "A time is read in any zone, to the nanosecond",
        arguments: [
            ("1970-01-01T00:00:00Z", 0, 0), ("2026-11-21T02:03:56.953434946Z", 1_795_226_636, 953_434_946),
            ("2026-11-21T04:03:56.95+02:00", 1_795_226_636, 950_000_000),
            ("2026-11-20T20:33:56-05:30", 1_795_226_636, 0), ("2024-02-29t23:59:60z", 1_709_251_200, 0),
            ("0001-01-01T00:00:00Z", -62_135_596_800, 0), ("2000-03-01T00:00:00.1234567899Z", 951_868_800, 123_456_789),
        ]
    )
    func times(text: String, seconds: Int, nanoseconds: Int) throws {
        let time = try #require(ModificationTime(rfc3339: text))
        #expect(time.seconds == seconds && time.nanoseconds == nanoseconds)
    }

    @Test(
        "What is no time is none",
        arguments: [
            "", "2026", "2026-11-21", "2026-11-21T02:03Z", "2026-13-21T02:03:56Z", "2026-11-21T24:03:56Z",
            "2026-11-21T02:03:56", "2026-11-21T02:03:56.Z", "2026-11-21T02:03:56Zx", "2026-11-21T02:03:56+2:00",
            "x026-11-21T02:03:56Z",
        ]
    )
    func nonsense(text: String) {
        #expect(ModificationTime(rfc3339: text) == nil)
    }

    @Test("Later is greater, by nanoseconds at last")
    func order() throws {
        let texts = ["2026-11-21T02:03:56.1Z", "2026-11-21T02:03:56.100000001Z", "2026-11-21T02:03:57+00:00"]
        let times = try texts.map { try #require(ModificationTime(rfc3339: $0)) }
        #expect(times.shuffled().sorted() == times)
    }

    @Test("A digest is sha256 and 64 hexadecimal digits")
    func digests() throws {
        let digits = String(repeating: "aF09", count: 16)
        for text in ["sha256:\(digits)", "sha256-\(digits)"] { #expect(try BlobDigest(text).description == text) }
        for text in [
            "", digits, "md5:\(digits)", "sha256:\(digits)0", "sha256:\(digits.dropLast())g", "sha256/\(digits)",
        ] {
            #expect(throws: ServiceError.self) { try BlobDigest(text) }
        }
    }

    @Test(
        "A model belongs to whom its name says",
        arguments: [
            ("a", "library"), ("registry.ollama.ai/library/a", "library"), ("me/a:b", "me"), ("h.x/me/a", "me"),
        ]
    )
    func namespaces(name: String, namespace: String) throws {
        #expect(try ModelName(name).namespace == namespace)
    }
}
