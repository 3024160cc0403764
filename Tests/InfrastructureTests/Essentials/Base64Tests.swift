import Application
import CBase64
import TestSupport
import Testing

@testable import Infrastructure

@Suite("Base64")
struct Base64Tests {
    private let base64 = VectorBase64()

    @Test("The examples of RFC 4648, section 10, both ways")
    func examples() throws {
        let examples = [
            "": "", "f": "Zg==", "fo": "Zm8=", "foo": "Zm9v", "foob": "Zm9vYg==", "fooba": "Zm9vYmE=",
            "foobar": "Zm9vYmFy",
        ]
        for (plain, text) in examples {
            #expect(String(decoding: self.base64.encode(plain.utf8), as: UTF8.self) == text)
            #expect(try self.base64.decode(text.utf8) == Array(plain.utf8))
        }
    }

    @Test("Whatever is encoded is decoded again, of any length and with every digit")
    func roundTrip() throws {
        let bytes = (0..<3000).map { UInt8(truncatingIfNeeded: $0 &* 89 &+ $0 / 7) }
        for length in Array(0..<300) + [3000] {
            let text = self.base64.encode(bytes.prefix(length))
            #expect(text.count == (length + 2) / 3 * 4)
            #expect(try self.base64.decode(text) == Array(bytes.prefix(length)))
        }
        let digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
        #expect(self.base64.encode(try self.base64.decode(digits.utf8)) == Array(digits.utf8))
    }

    @Test("Line ends are passed over wherever they stand, as by Ollama")
    func lineEnds() throws {
        let bytes = (0..<500).map { UInt8(truncatingIfNeeded: $0) }
        let text = self.base64.encode(bytes)
        for width in [1, 2, 3, 4, 5, 31, 64, 76] {
            var lines: [UInt8] = []
            for (index, digit) in text.enumerated() {
                if index % width == 0 { lines += [0x0D, 0x0A] }
                lines.append(digit)
            }
            #expect(try self.base64.decode(lines + [0x0A]) == bytes)
        }
        #expect(try self.base64.decode("\n\r\n".utf8) == [])
    }

    /// The offsets are those of Go's `base64.StdEncoding`, which Ollama tells its callers.
    @Test(
        "What is not Base64 is refused, and the place is Go's",
        arguments: [
            ("@@@", 0), ("Zg=", 3), ("Zg", 0), ("Zm9vZ", 4), ("Zm9vZg", 4), ("Zg==Zg==", 4), ("Z===", 1), ("=", 0),
            ("Zg=a", 2), ("Zm8==", 4), ("Zm9v YmFy", 4), ("Zm9v\tYmFy", 4), ("Zm-_", 2), ("Zm9v\u{00E9}", 4),
            ("Zg=\n", 4), ("Zg==\nx", 5),
        ]
    )
    func refusals(text: String, offset: Int) {
        #expect(throws: Base64Fault(offset: offset)) { try self.base64.decode(text.utf8) }
    }

    @Test("A wrong byte is found wherever it stands")
    func everyPlace() {
        let text = [UInt8](repeating: UInt8(ascii: "Q"), count: 200)
        for place in text.indices {
            for wrong: UInt8 in [0x00, 0x20, 0x2D, 0x5F, 0x3A, 0x40, 0x5B, 0x60, 0x7B, 0x80, 0xC1, 0xFF] {
                var text = text
                text[place] = wrong
                #expect(throws: Base64Fault(offset: place)) { try self.base64.decode(text) }
            }
        }
    }

    @Test("A collection in pieces is decoded like one in one piece")
    func pieces() throws {
        let reversed = Array("vYmFyZm9v".utf8.dropFirst().reversed())
        #expect(try self.base64.decode(reversed.reversed()) == self.base64.decode("YmFyZm9v".utf8))
    }

    @Test("With and without the vector unit the result is the same, on texts that were damaged at random")
    func vectorsAgree() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(seed: seed)
        for _ in 0..<3000 {
            let bytes = (0..<Int.random(in: 0...150, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            var text = self.base64.encode(bytes)
            var plain = [UInt8](repeating: 0, count: text.count)
            cbase64_encode_plain(bytes, bytes.count, &plain)
            #expect(plain == text, "seed \(seed)")
            for _ in 0..<Int.random(in: 0...3, using: &random) {
                let place = Int.random(in: 0...text.count, using: &random)
                let byte = Array("\r\n=A@".utf8).randomElement(using: &random) ?? 0
                if Bool.random(using: &random) { text.insert(byte, at: place) }
                if place < text.count, Bool.random(using: &random) {
                    text[place] = UInt8.random(in: 0...255, using: &random)
                }
            }
            let fast = Self.decoded(text, by: cbase64_decode)
            let slow = Self.decoded(text, by: cbase64_decode_plain)
            #expect(fast == slow, "seed \(seed)")
        }
    }

    private struct Outcome: Equatable {
        var bytes: ArraySlice<UInt8>
        var fault: Int?
    }

    private static func decoded(
        _ text: [UInt8],
        by decode: (UnsafePointer<UInt8>?, Int, UnsafeMutablePointer<UInt8>?) -> cbase64_result
    ) -> Outcome {
        var output = [UInt8](repeating: 0, count: cbase64_decoded_room(text.count))
        let result = decode(text, text.count, &output)
        return Outcome(bytes: output.prefix(result.written), fault: result.is_valid == 1 ? nil : result.fault)
    }
}

@Suite("SHA-256")
struct DigestTests {
    /// Source: NIST, "SHA-256 examples", and the digest of nothing.
    @Test(
        "The digest is that of the standard's examples",
        arguments: [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
        ]
    )
    func examples(text: String, digest: String) {
        for bytes in [LibcryptoDigest().sha256(text.utf8), LibcryptoDigest().sha256(text.utf8.lazy.map(\.self))] {
            #expect(bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() == digest)
        }
    }
}
