import Domain
import Testing

@Suite("Values of projects")
struct ProjectValuesTests {
    @Test(
        "A pattern is compared with canonical names",
        arguments: [
            ("Llama3", "llama3:latest", true), ("llama3", "llama3:8b", false), ("llama3*", "LLAMA3.2:3b", true),
            ("*", "me/x", true), ("*:3b", "a/b/c:3b", true), ("*:3b", "c:13b", false),
            ("q*n*:7b", "qwen-next:7b", true),
            ("q*n*:7b", "qwe:7b", false), ("registry.ollama.ai/library/x", "x", true), ("a*a", "a", false),
        ]
    )
    func patterns(_ pattern: String, _ name: String, _ isMatch: Bool) throws {
        #expect(try ModelPattern(pattern).matches(try ModelName(name)) == isMatch)
        #expect(Project(name: .default, models: [pattern]).mayUse(try ModelName(name)) == isMatch)
    }

    @Test("Many stars do not make a comparison expensive")
    func manyStars() throws {
        let pattern = try ModelPattern(String(repeating: "a*", count: 40) + ":x")
        #expect(!pattern.matches(try ModelName(String(repeating: "a", count: 80) + ":y")))
    }

    @Test("What cannot be a name is no pattern", arguments: ["", "a b", "a//*", "*//*", "-*"])
    func badPatterns(_ text: String) {
        #expect(throws: ServiceError.self) { try ModelPattern(text) }
    }

    @Test(
        "An address is in a network by its first bits, and IPv4 written as IPv6 is IPv4",
        arguments: [
            ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.1", false), ("0.0.0.0/0", "1.2.3.4", true),
            ("192.0.2.7", "::ffff:192.0.2.7", true), ("192.0.2.7", "192.0.2.8", false), ("fd00::/8", "fd12::1", true),
            ("fd00::/8", "fe80::1%eth0", false), ("::/0", "1.2.3.4", false),
            ("2001:db8:0:0:0:0:0:1", "2001:db8::1", true),
            ("10.128.0.0/9", "10.127.0.0", false),
        ]
    )
    func networks(_ network: String, _ address: String, _ isIn: Bool) throws {
        let network = try #require(IPNetwork(network))
        #expect(network.contains(try #require(IPNetwork(address))) == isIn)
    }

    @Test(
        "A site is an IPv4 address or the /64 of an IPv6 one",
        arguments: [
            ("192.0.2.7", "192.0.2.7"), ("::ffff:192.0.2.7", "192.0.2.7"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
            ("2001:db8::/32", "2001:db8::/32"),
        ]
    )
    func sites(_ address: String, _ site: String) throws {
        #expect(try #require(IPNetwork(address)).site == IPNetwork(site))
    }

    @Test(
        "What is no address is refused",
        arguments: [
            "", "1.2.3", "1.2.3.4.5", "256.1.1.1", "1.2.3.4/33", "1.2.3.4/", "1.2.3.4/-1", ":::", "1::2::3", "g::",
            "::/129", "host", "1:2:3:4:5:6:7", "+1.2.3.4",
        ]
    )
    func badNetworks(_ text: String) {
        #expect(IPNetwork(text) == nil)
    }

    @Test(
        "Loopback is 127/8 and ::1, in every spelling",
        arguments: [
            ("127.9.9.9", true), ("::1", true), ("0:0::1", true), ("::ffff:127.0.0.1", true), ("128.0.0.1", false),
            ("::2", false),
        ]
    )
    func loopback(_ address: String, _ isLoopback: Bool) throws {
        #expect(try #require(IPNetwork(address)).isLoopback == isLoopback)
    }

    @Test("A hash is 64 hexadecimal digits in either case")
    func hashes() throws {
        let text = String(repeating: "0F", count: 32)
        #expect(try #require(KeyHash(hex: text)).description == text.lowercased())
        #expect(KeyHash(hex: String(text.dropLast())) == nil)
        #expect(KeyHash(hex: String(text.dropLast()) + "g") == nil)
    }
}
