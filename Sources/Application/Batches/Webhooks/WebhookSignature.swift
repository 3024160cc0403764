/// Signs messages as Standard Webhooks 1.0 says, with HMAC-SHA256 (RFC 2104).
struct WebhookSignature: Sendable {
    /// The length of SHA-256's blocks, in bytes.
    private static let block = 64

    let secret: [UInt8]
    let digest: any DigestFunction
    let base64: any Base64Coding

    /// The headers of a message.
    ///
    /// - Parameters:
    ///   - id: names the message; the same for every attempt to deliver it.
    ///   - timestamp: when this attempt is made, in seconds since 1970.
    ///   - body: the message.
    /// - Returns: names in lower case, with their values.
    func headers(id: String, timestamp: Int, body: [UInt8]) -> [(name: String, value: String)] {
        let signed = Array("\(id).\(timestamp).".utf8) + body
        let code = String(decoding: self.base64.encode(self.code(of: signed)), as: UTF8.self)
        return [
            ("webhook-id", id),
            ("webhook-timestamp", String(timestamp)),
            ("webhook-signature", "v1,\(code)"),
        ]
    }

    /// The authentication code of a message.
    func code(of message: [UInt8]) -> [UInt8] {
        let key = self.secret.count > Self.block ? self.digest.sha256(self.secret) : self.secret
        let padded = key + [UInt8](repeating: 0, count: Self.block - key.count)
        let inner = self.digest.sha256(padded.map { $0 ^ 0x36 } + message)
        return self.digest.sha256(padded.map { $0 ^ 0x5C } + inner)
    }
}
