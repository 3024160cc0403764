/// An IP address, or a network of them: `10.0.0.0/8`, `fd00::/8`, `192.0.2.7` (RFC 4632, RFC 4291).
///
/// An IPv4 address that is written as an IPv6 one (`::ffff:192.0.2.7`) is the IPv4 address.
public struct IPNetwork: Sendable, Hashable, CustomStringConvertible {
    let bytes: [UInt8]
    let length: Int

    /// Reads an address or a network; nil if the text is neither.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = parts.first, let bytes = IPNetwork.address(address) else { return nil }
        var length = bytes.count * 8
        if parts.count == 2 {
            guard parts[1].utf8.allSatisfy({ (48...57).contains($0) }), let given = Int(parts[1]),
                (0...length).contains(given)
            else { return nil }
            length = given
        }
        self.bytes = bytes
        self.length = length
    }

    init(bytes: [UInt8], length: Int) {
        self.bytes = bytes
        self.length = length
    }

    /// Whether it is one address and that of this machine's loopback interface: 127/8 or `::1`.
    public var isLoopback: Bool {
        guard self.length == self.bytes.count * 8 else { return false }
        return self.bytes.count == 4
            ? self.bytes[0] == 127 : self.bytes.dropLast().allSatisfy { $0 == 0 } && self.bytes[15] == 1
    }

    /// What one customer of a network is given: an IPv4 address, and of an IPv6 address its /64 (RFC 6177).
    public var site: IPNetwork {
        guard self.bytes.count == 16, self.length > 64 else { return self }
        return IPNetwork(bytes: self.bytes.prefix(8) + Array(repeating: 0, count: 8), length: 64)
    }

    /// Whether an address, or every address of a network, is in this network.
    public func contains(_ other: IPNetwork) -> Bool {
        guard self.bytes.count == other.bytes.count, other.length >= self.length else { return false }
        return (0..<self.length).allSatisfy { bit in
            let mask: UInt8 = 0x80 >> UInt8(bit % 8)
            return self.bytes[bit / 8] & mask == other.bytes[bit / 8] & mask
        }
    }

    /// The address bytes in groups, and the length of the network.
    public var description: String {
        let isV4 = self.bytes.count == 4
        let groups =
            isV4
            ? self.bytes.map { String($0) }
            : stride(from: 0, to: 16, by: 2).map {
                String(UInt16(self.bytes[$0]) << 8 | UInt16(self.bytes[$0 + 1]), radix: 16)
            }
        let address = groups.joined(separator: isV4 ? "." : ":")
        return self.length == self.bytes.count * 8 ? address : "\(address)/\(self.length)"
    }

    // MARK: Parts

    private static func address(_ text: Substring) -> [UInt8]? {
        guard text.contains(":") else { return self.version4(text) }
        guard let bytes = self.version6(text) else { return nil }
        let isMapped = bytes.prefix(10).allSatisfy { $0 == 0 } && bytes[10] == 255 && bytes[11] == 255
        return isMapped ? Array(bytes.suffix(4)) : bytes
    }

    private static func version4(_ text: Substring) -> [UInt8]? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var bytes: [UInt8] = []
        for part in parts {
            guard (1...3).contains(part.utf8.count), part.utf8.allSatisfy({ (48...57).contains($0) }),
                let byte = UInt8(part)
            else { return nil }
            bytes.append(byte)
        }
        return bytes
    }

    private static func version6(_ text: Substring) -> [UInt8]? {
        // A zone (`fe80::1%eth0`) says through which interface, not who.
        let text = text.prefix { $0 != "%" }
        guard let gap = text.firstRange(of: "::") else {
            return self.groups(text).flatMap { $0.count == 16 ? $0 : nil }
        }
        guard let head = self.groups(text[..<gap.lowerBound]), let tail = self.groups(text[gap.upperBound...]),
            head.count + tail.count <= 14
        else { return nil }
        return head + Array(repeating: 0, count: 16 - head.count - tail.count) + tail
    }

    private static func groups(_ text: Substring) -> [UInt8]? {
        guard !text.isEmpty else { return [] }
        var bytes: [UInt8] = []
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() {
            if index == parts.count - 1, part.contains(".") {
                guard let tail = self.version4(part) else { return nil }
                bytes += tail
                continue
            }
            guard (1...4).contains(part.utf8.count), !part.hasPrefix("+"), !part.hasPrefix("-"),
                let group = UInt16(part, radix: 16)
            else { return nil }
            bytes += [UInt8(group >> 8), UInt8(group & 0xFF)]
        }
        return bytes.count <= 16 ? bytes : nil
    }
}
