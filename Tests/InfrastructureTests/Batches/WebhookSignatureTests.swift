import Infrastructure
import Testing

@testable import Application

@Suite("Signatures of webhooks")
struct WebhookSignatureTests {
    private func signature(_ secret: [UInt8]) -> WebhookSignature {
        WebhookSignature(secret: secret, digest: LibcryptoDigest(), base64: VectorBase64())
    }

    private func hex(_ bytes: [UInt8]) -> String {
        bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }

    @Test("Authentication codes are those of RFC 4231: short keys, short messages, keys longer than a block")
    func codes() {
        #expect(
            self.hex(self.signature([UInt8](repeating: 0x0B, count: 20)).code(of: Array("Hi There".utf8)))
                == "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        )
        #expect(
            self.hex(self.signature(Array("Jefe".utf8)).code(of: Array("what do ya want for nothing?".utf8)))
                == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        )
        let long = Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8)
        #expect(
            self.hex(self.signature([UInt8](repeating: 0xAA, count: 131)).code(of: long))
                == "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        )
    }

    @Test("A message is signed as the example of Standard Webhooks is")
    func example() throws {
        let secret = try VectorBase64().decode(Array("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".utf8))
        let headers = self.signature(secret).headers(
            id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
            timestamp: 1_614_265_330,
            body: Array(#"{"test": 2432232314}"#.utf8)
        )
        #expect(headers.map(\.name) == ["webhook-id", "webhook-timestamp", "webhook-signature"])
        #expect(
            headers.map(\.value) == [
                "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
            ]
        )
    }
}
