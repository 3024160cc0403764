/// A host as a setting names it: what it means can be told without asking the network.
struct NetworkHost: Equatable {
    /// The name or address in lower case, without brackets.
    let name: String

    init(_ host: String) {
        self.name = NetworkHost.unbracketed(host).lowercased()
    }

    /// An IPv6 address without the brackets that a URL would want.
    static func unbracketed(_ host: String) -> String {
        let isBracketed = host.hasPrefix("[") && host.hasSuffix("]") && host.count > 2
        return isBracketed ? String(host.dropFirst().dropLast()) : host
    }

    /// Whether only this machine can reach it: `localhost`, `::1` or an address in 127/8.
    var isLoopback: Bool {
        self.name == "localhost" || self.name == "::1" || self.isLoopbackV4
    }

    /// Whether it stands for all addresses of the machine.
    var isWildcard: Bool {
        self.name == "0.0.0.0" || self.name == "::"
    }

    /// The address by which a client on this machine reaches it: Ollama's rule for the addresses that stand for all.
    var reachable: String {
        switch self.name {
        case "", "0.0.0.0": "127.0.0.1"
        case "::": "::1"
        default: self.name
        }
    }

    /// Whether somebody who connects to a host reaches a listener at this one, as far as the names tell.
    func isReached(by target: NetworkHost) -> Bool {
        if self.name == target.name { return true }
        if self.isWildcard { return target.isLoopback || target.isWildcard }
        if self.name == "127.0.0.1" || self.name == "::1" { return target.name == "localhost" || target.isWildcard }
        if self.name == "localhost" { return target.name == "127.0.0.1" || target.name == "::1" || target.isWildcard }
        return false
    }

    private var isLoopbackV4: Bool {
        let parts = self.name.split(separator: ".", omittingEmptySubsequences: false)
        let isAddress = parts.count == 4 && parts.allSatisfy { UInt8($0) != nil && $0.first != "+" }
        return isAddress && parts.first == "127"
    }
}
