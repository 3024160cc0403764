extension IPNetwork {
    /// Whether this is one address of the public internet: nothing that only this machine, its network or its provider
    /// can reach.
    ///
    /// An IPv6 address that carries an IPv4 address through a translator (NAT64) is judged by that one. Tunnels that do so
    /// (6to4, Teredo) are out of use and count as not public.
    ///
    /// Source: the IANA registries of special-purpose addresses for IPv4 and IPv6 (RFC 6890).
    public var isPublic: Bool {
        guard self.length == self.bytes.count * 8 else { return false }
        if self.bytes.count == 4 { return !Self.special4.contains { $0.contains(self) } }
        if Self.translated.contains(self) { return IPNetwork(bytes: Array(self.bytes.suffix(4)), length: 32).isPublic }
        return Self.global6.contains(self) && !Self.special6.contains { $0.contains(self) }
    }

    /// The IPv4 addresses that are not public.
    private static let special4 = Self.table([
        "0.0.0.0/8",  // this network
        "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16",  // private
        "100.64.0.0/10",  // between a provider and its customers; one provider's metadata too
        "127.0.0.0/8",  // loopback
        "169.254.0.0/16",  // link-local; most providers' metadata
        "168.63.129.16/32",  // a provider's own services for its machines
        "192.0.0.0/24", "192.88.99.0/24",  // protocols
        "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24",  // documentation
        "198.18.0.0/15",  // benchmarks
        "224.0.0.0/4",  // multicast
        "240.0.0.0/4",  // reserved, and broadcast
    ])

    /// The only IPv6 addresses that are handed out for the public internet (RFC 4291, section 2.4).
    ///
    /// Loopback, unique local, link-local, site-local, multicast and addresses that hold an IPv4 one lie outside of it.
    private static let global6 = Self.table(["2000::/3"])[0]

    /// What is not public among them.
    private static let special6 = Self.table([
        "2001::/23",  // protocols, Teredo among them
        "2001:db8::/32", "3fff::/20",  // documentation
        "2002::/16",  // 6to4
    ])

    /// Where a translator puts IPv4 addresses (RFC 6052, section 2.1).
    private static let translated = Self.table(["64:ff9b::/96"])[0]

    private static func table(_ rows: [String]) -> [IPNetwork] {
        rows.map { row in
            guard let network = IPNetwork(row) else { preconditionFailure("\(row) is a network") }
            return network
        }
    }
}
