import Testing

@testable import Infrastructure

@Suite("Addresses in the configuration")
struct EngineAddressRulesTests {
    @Test(
        "OLLAMA_HOST is read as Ollama reads it; addresses that stand for all mean this machine",
        arguments: [
            ("1.2.3.4", "http://1.2.3.4:11434"),
            (":1234", "http://127.0.0.1:1234"),
            ("1.2.3.4:1234", "http://1.2.3.4:1234"),
            ("example.com", "http://example.com:11434"),
            ("example.com:1234", "http://example.com:1234"),
            (":66000", "http://127.0.0.1:11434"),
            (":-1", "http://127.0.0.1:11434"),
            ("h:abc", "http://h:11434"),
            ("[::1]", "http://[::1]:11434"),
            ("[::]", "http://[::1]:11434"),
            ("::1", "http://[::1]:11434"),
            ("[::1]:1337", "http://[::1]:1337"),
            (" 1.2.3.4 ", "http://1.2.3.4:11434"),
            ("\"1.2.3.4\"", "http://1.2.3.4:11434"),
            (" \" 1.2.3.4 \" ", "http://1.2.3.4:11434"),
            ("'1.2.3.4'", "http://1.2.3.4:11434"),
            ("http://1.2.3.4", "http://1.2.3.4:80"),
            ("http://1.2.3.4:4321", "http://1.2.3.4:4321"),
            ("https://1.2.3.4", "https://1.2.3.4:443"),
            ("https://example.com/ollama", "https://example.com:443/ollama"),
            ("0.0.0.0", "http://127.0.0.1:11434"),
            ("0.0.0.0:11500", "http://127.0.0.1:11500"),
        ]
    )
    func ollamaHost(_ value: String, _ url: String) throws {
        let (configuration, warnings) = try loadConfiguration(environment: ["OLLAMA_HOST": value])
        #expect(configuration.engines.map(\.url) == [url])
        #expect(configuration.engineOrigin == .ollamaHost)
        #expect(warnings.isEmpty)
    }

    @Test("An empty OLLAMA_HOST is none", arguments: ["", "  ", "\"\"", "''"])
    func emptyOllamaHost(_ value: String) throws {
        #expect(try loadConfiguration(environment: ["OLLAMA_HOST": value]).configuration.engineOrigin == .standard)
    }

    @Test(
        "An OLLAMA_HOST that is no address is an error that does not repeat it",
        arguments: ["ftp://h", "hunter2@h", ":0"]
    )
    func badOllamaHost(_ value: String) {
        #expect(
            configurationProblems(environment: ["OLLAMA_HOST": value]) == [
                "The value names no address of an engine. ($OLLAMA_HOST)"
            ]
        )
    }

    @Test("OLLAMA_HOST does not count where engines are listed or --engine-url is given")
    func listWins() throws {
        let environment = ["OLLAMA_HOST": "elsewhere"]
        let listed = try loadConfiguration(yaml: "engines: [{ url: 'http://a:1' }]", environment: environment)
            .configuration
        #expect(listed.engines.map(\.url) == ["http://a:1"])
        let flagged = try loadConfiguration(
            environment: environment,
            flags: serviceFlags { $0.engineURL = "http://b:1" }
        ).configuration
        #expect(flagged.engines.map(\.url) == ["http://b:1"])
        #expect(flagged.engineOrigin == .explicit)
    }

    @Test(
        "An OLLAMA_HOST that names the service itself is ignored with a warning",
        arguments: ["127.0.0.1:8000", "localhost:8000", "0.0.0.0:8000", ":8000", "http://127.0.0.1:8000"]
    )
    func ownOllamaHost(_ value: String) throws {
        let (configuration, warnings) = try loadConfiguration(environment: ["OLLAMA_HOST": value])
        #expect(configuration.engines.map(\.url) == ["http://127.0.0.1:11434"])
        #expect(configuration.engineOrigin == .standard)
        #expect(warnings.count == 1)
        #expect(warnings.first?.hasPrefix("OLLAMA_HOST names the address of this service") == true)
    }

    @Test(
        "An engine at the service's own address is an error",
        arguments: [
            ("127.0.0.1", "http://127.0.0.1:8000", true),
            ("127.0.0.1", "http://localhost:8000/x", true),
            ("localhost", "http://[::1]:8000", true),
            ("0.0.0.0", "http://127.0.0.7:8000", true),
            ("::", "http://localhost:8000", true),
            ("box", "http://BOX:8000", true),
            ("127.0.0.1", "http://127.0.0.1:8001", false),
            ("127.0.0.1", "http://127.0.0.2:8000", false),
            ("127.0.0.1", "http://[::1]:8000", false),
            ("127.0.0.1", "http://gpu:8000", false),
        ]
    )
    func ownEngine(_ host: String, _ url: String, _ isOwn: Bool) {
        let yaml = "server: { host: '\(host)' }\nallow_anonymous: true\nengines: [{ url: '\(url)' }]"
        let found = configurationProblems(yaml: yaml)
        #expect(found.count == (isOwn ? 1 : 0), "\(found)")
        #expect(
            found.allSatisfy { $0.hasPrefix("engines.0.url: The engine 'local' is at the address of this service") }
        )
    }

    @Test("A service on Ollama's port does not take itself for the Ollama of this machine")
    func ownStandardEngine() {
        #expect(configurationProblems(flags: serviceFlags { $0.port = 11_434 }).count == 1)
        #expect(
            configurationProblems(
                environment: ["OLLAMA_HOST": "127.0.0.1:11500"],
                flags: serviceFlags { $0.port = 11_434 }
            ) == []
        )
    }

    @Test("The brackets of an IPv6 address to listen at are left out")
    func brackets() throws {
        #expect(try loadConfiguration(yaml: "server: { host: '[::1]' }").configuration.server.host == "::1")
    }

    @Test("A port that is picked later is nobody's address")
    func portZero() {
        #expect(configurationProblems(yaml: "server: { port: 0 }") == [])
    }

    @Test(
        "Beyond loopback the service needs a key, unless anonymous callers are allowed",
        arguments: [
            "0.0.0.0", "::", "192.168.0.1", "box", "127.evil.com", "127.0.0.1.example", "128.0.0.1", "127.0.0.256",
        ]
    )
    func beyondLoopback(_ host: String) throws {
        let closed = try loadConfiguration(yaml: "server: { host: '\(host)' }").configuration
        #expect(closed.needsStoredKey)
        let open = try loadConfiguration(yaml: "server: { host: '\(host)' }\nallow_anonymous: true").configuration
        #expect(!open.needsStoredKey)
        let hash = String(repeating: "ab", count: 32)
        let keyed = "server: { host: '\(host)' }\nprojects: [{ name: a, key_sha256: \(hash) }]"
        #expect(try !loadConfiguration(yaml: keyed).configuration.needsStoredKey)
    }

    @Test(
        "Loopback is 127/8, ::1 and localhost",
        arguments: ["127.0.0.1", "127.255.3.4", "::1", "[::1]", "localhost", "LocalHost"]
    )
    func loopback(_ host: String) {
        #expect(configurationProblems(yaml: "server: { host: '\(host)' }") == [])
    }

    @Test(
        "A URL of an engine that cannot be one is refused",
        arguments: [
            "gpu:11434", "ftp://gpu", "http://", "http://h:0", "http://h:99999", "http://h?x=1", "http://h/#a",
            "http://a b",
        ]
    )
    func badURL(_ url: String) {
        let found = configurationProblems(yaml: "engines: [{ url: '\(url)' }]")
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix("engines.0.url: ") == true)
    }

    @Test(
        "A URL with a password is refused without being repeated",
        arguments: ["http://u:hunter2@h", "ftp://u:hunter2@h"]
    )
    func passwordInURL(_ url: String) {
        let found = configurationProblems(yaml: "engines: [{ url: '\(url)' }]")
        #expect(found.count == 1)
        #expect(found.first?.contains("hunter2") == false)
    }

    @Test("Engines need names of their own, and an empty list is an error")
    func engineNames() {
        #expect(configurationProblems(yaml: "engines: []").first?.hasPrefix("engines: The list is empty") == true)
        let twice = "engines: [{ url: 'http://a:1' }, { name: local, url: 'http://b:1' }]"
        #expect(
            configurationProblems(yaml: twice) == ["engines: Two engines are called 'local'. (config/service.yaml:1)"]
        )
        let nameless = "engines: [{ url: 'http://a:1' }, { url: 'http://b:1' }]"
        #expect(
            configurationProblems(yaml: nameless) == [
                "engines.1.name: The field 'name' is missing. (config/service.yaml:1)"
            ]
        )
    }

    @Test("A key that goes over the network in the clear is warned about")
    func keyInTheClear() throws {
        func warnings(_ url: String) throws -> Int {
            let environment = ["SHARED_OLLAMA_ENGINES_0_URL": url, "SHARED_OLLAMA_ENGINES_0_API_KEY": "k"]
            return try loadConfiguration(environment: environment).warnings.count
        }
        #expect(try warnings("http://gpu:1") == 1)
        #expect(try warnings("https://gpu:1") == 0)
        #expect(try warnings("http://127.0.0.1:1") == 0)
    }

    @Test("Only an Ollama of this machine that nobody listed may be managed")
    func mayManage() throws {
        #expect(try loadConfiguration().configuration.mayManageEngine)
        #expect(try loadConfiguration(environment: ["OLLAMA_HOST": ":11500"]).configuration.mayManageEngine)
        #expect(try !loadConfiguration(environment: ["OLLAMA_HOST": "gpu"]).configuration.mayManageEngine)
        #expect(
            try !loadConfiguration(yaml: "engines: [{ url: 'http://127.0.0.1:11434' }]").configuration.mayManageEngine
        )
    }

    @Test("Event loops are half the cores, at least one, unless they are set")
    func threads() {
        var server = ServiceConfiguration.Server()
        #expect([1, 2, 3, 8].map { server.threadCount(cores: $0) } == [1, 1, 1, 4])
        server.threads = 3
        #expect(server.threadCount(cores: 64) == 3)
    }
}
