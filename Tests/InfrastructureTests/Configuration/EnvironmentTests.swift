import Application
import Domain
import Logging
import Testing

@testable import Infrastructure

@Suite("Settings from the environment")
struct EnvironmentTests {
    @Test("Every key can be set by the variable that its name makes", arguments: ServiceConfiguration.keys)
    func everyKey(_ key: SettingKey) throws {
        let name = "SHARED_OLLAMA_" + EnvironmentSettings.name(of: key).replacing("_N_", with: "_0_")
        // The value is the default or one that is allowed, so all that can be wrong is that the variable is not known.
        var environment = ["SHARED_OLLAMA_ENGINES_0_URL": "http://h:1"]
        if key.path.first == "projects" { environment["SHARED_OLLAMA_PROJECTS_0_NAME"] = "x" }
        if key.path.contains("tls") {
            for file in ["CERTIFICATE", "KEY"] { environment["SHARED_OLLAMA_SERVER_TLS_\(file)"] = "x" }
        }
        environment[name] =
            Self.samples[key.dotted] ?? (key.standard == "null" ? Self.anyValue(key.kind) : key.standard)
        let (configuration, _) = try loadConfiguration(environment: environment, files: ["x": "x", "headers": "a=b"])
        #expect(configuration.timeouts == .init() && configuration.log.level == .info)
    }

    /// What may stand where neither the default nor any word can.
    private static let samples = [
        "server.hosts": "x", "server.origins": "http://x", "server.trusted_proxies": "10.0.0.1, ::1",
        "projects.N.name": "x", "projects.N.key_sha256": String(repeating: "0", count: 64), "projects.N.models": "*",
        "projects.N.may": "keep_alive", "tracing.endpoint": "http://h:1", "tracing.headers_file": "headers",
    ]

    private static func anyValue(_ kind: SettingKey.Kind) -> String { kind == .number ? "1" : "x" }

    @Test("Values are read by the type of their key")
    func types() throws {
        let (configuration, _) = try loadConfiguration(environment: [
            "SHARED_OLLAMA_SERVER_PORT": "80",
            "SHARED_OLLAMA_SERVER_THREADS": "3",
            "SHARED_OLLAMA_QUEUES_CHAT_MAX_CONCURRENT": "auto",
            "SHARED_OLLAMA_TIMEOUTS_FIRST_TOKEN_SECONDS": "0.5",
            "SHARED_OLLAMA_ALLOW_ANONYMOUS": "true",
            "SHARED_OLLAMA_DEFAULTS_TEXT_MODEL": "123",
            "SHARED_OLLAMA_LOG_FILE": "",
        ])
        #expect(configuration.server.port == 80)
        #expect(configuration.server.threads == 3)
        #expect(configuration.queues.chat.maxConcurrent == nil)
        #expect(configuration.timeouts.firstToken == .milliseconds(500))
        #expect(configuration.allowAnonymous)
        #expect(configuration.defaults.textModel?.canonical == "123:latest")
        #expect(configuration.log.file == nil)
    }

    @Test("A value that does not fit names its variable")
    func wrongValues() {
        #expect(
            configurationProblems(environment: [
                "SHARED_OLLAMA_SERVER_PORT": "http", "SHARED_OLLAMA_ALLOW_ANONYMOUS": "perhaps",
            ])
                == [
                    "server.port: A whole number is expected, not a string. ($SHARED_OLLAMA_SERVER_PORT)",
                    "allow_anonymous: A boolean is expected, not a string. ($SHARED_OLLAMA_ALLOW_ANONYMOUS)",
                ]
        )
    }

    @Test("Lists are set by index: fields of elements that the file has, and new elements behind them")
    func lists() throws {
        let (configuration, _) = try loadConfiguration(
            yaml: "engines: [{ name: a, url: 'http://a:1' }]",
            environment: [
                "SHARED_OLLAMA_ENGINES_0_PARALLEL": "3",
                "SHARED_OLLAMA_ENGINES_1_NAME": "b",
                "SHARED_OLLAMA_ENGINES_1_URL": "http://b:1",
                "SHARED_OLLAMA_ENGINES_2_NAME": "c",
                "SHARED_OLLAMA_ENGINES_2_URL": "http://c:1",
            ]
        )
        #expect(configuration.engines.map(\.name.description) == ["a", "b", "c"])
        #expect(configuration.engines.map(\.parallel) == [3, nil, nil])
    }

    @Test("Ten elements and more keep the order of their indices")
    func manyElements() throws {
        var environment: [String: String] = [:]
        for index in 0..<12 {
            environment["SHARED_OLLAMA_ENGINES_\(index)_NAME"] = "e\(index)"
            environment["SHARED_OLLAMA_ENGINES_\(index)_URL"] = "http://h\(index):1"
        }
        let (configuration, _) = try loadConfiguration(environment: environment)
        #expect(configuration.engines.map(\.name.description) == (0..<12).map { "e\($0)" })
    }

    @Test("An index beyond the end of the list is an error")
    func gap() {
        #expect(
            configurationProblems(environment: ["SHARED_OLLAMA_ENGINES_1_URL": "http://a:1"])
                == ["engines.1.url: The list has no element before this one. ($SHARED_OLLAMA_ENGINES_1_URL)"]
        )
    }

    @Test(
        "An unknown variable is refused with the nearest known one",
        arguments: [
            ("SHARED_OLLAMA_SERVER_PROT", "SHARED_OLLAMA_SERVER_PORT"),
            ("SHARED_OLLAMA_PORT", nil),
            ("SHARED_OLLAMA_ENGINES_1_ULR", "SHARED_OLLAMA_ENGINES_1_URL"),
            ("SHARED_OLLAMA_ENGINES_X_URL", "SHARED_OLLAMA_ENGINES_0_URL"),
            ("SHARED_OLLAMA_ENGINES_0", nil),
            ("SHARED_OLLAMA_SERVER_PORT_", "SHARED_OLLAMA_SERVER_PORT"),
            ("SHARED_OLLAMA_", nil),
        ] as [(String, String?)]
    )
    func unknown(_ name: String, _ nearest: String?) {
        let hint = nearest.map { " Did you mean \($0)?" } ?? ""
        #expect(configurationProblems(environment: [name: "1"]) == ["\(name): There is no such setting.\(hint)"])
    }

    @Test(
        "Variables of others are left alone",
        arguments: [
            "SHARED_OLLAMA_URL", "SHARED_OLLAMA_API_KEY", "SHARED_OLLAMA_TEST_X", "SHARED_OLLAMA_LONG_RUN",
            "OLLAMA_MODELS", "SHARED_OLLAMAX",
        ]
    )
    func foreign(_ name: String) {
        #expect(configurationProblems(environment: [name: "x"]) == [])
    }

    @Test("A key comes from a file that the file or the environment names, or from the environment itself")
    func secrets() throws {
        let yaml = "engines: [{ url: 'http://127.0.0.1:1', api_key_file: a }]"
        let files = ["a": "from a\u{20}".replacing(" ", with: "-"), "b": "from-b\n"]
        func key(_ environment: [String: String]) throws -> String? {
            try loadConfiguration(yaml: yaml, environment: environment, files: files).configuration.engines.first?
                .apiKey?.revealed
        }
        #expect(try key([:]) == "from-a-")
        #expect(try key(["SHARED_OLLAMA_ENGINES_0_API_KEY_FILE": "b"]) == "from-b")
        #expect(try key(["SHARED_OLLAMA_ENGINES_0_API_KEY": "itself"]) == "itself")
    }

    @Test("A secret and a file with it together are an error")
    func secretTwice() {
        let found = configurationProblems(
            environment: [
                "SHARED_OLLAMA_ENGINES_0_URL": "http://127.0.0.1:1",
                "SHARED_OLLAMA_ENGINES_0_API_KEY": "hunter2",
                "SHARED_OLLAMA_ENGINES_0_API_KEY_FILE": "b",
            ],
            files: ["b": "hunter3"]
        )
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix("engines.0.api_key_file: Both") == true)
    }

    @Test("A key file that is missing, empty or not one word is an error that does not tell what is in it")
    func badSecretFiles() {
        let yaml = "engines: [{ url: 'http://127.0.0.1:1', api_key_file: a }]"
        for files in [[:], ["a": " \n"], ["a": "hunter2 hunter3"]] as [[String: String]] {
            let found = configurationProblems(yaml: yaml, files: files)
            #expect(found.count == 1)
            #expect(found.first?.hasPrefix("engines.0.api_key_file: ") == true)
            #expect(found.first?.contains("hunter") == false)
        }
    }

    @Test("A key in the file itself is refused, and not repeated")
    func secretInFile() {
        let found = configurationProblems(yaml: "engines: [{ url: 'http://127.0.0.1:1', api_key: hunter2 }]")
        #expect(found == ["engines.0.api_key: There is no field 'api_key'. (config/service.yaml:1)"])
    }

    @Test("A secret is not printed with what holds it")
    func secretIsHidden() throws {
        let secret = Secret("hunter2")
        let engine = try ServiceConfiguration.Engine(name: "a", url: "http://h:1", apiKey: secret)
        var dumped = ""
        dump(engine, to: &dumped)
        for text in ["\(secret)", "\(engine)", String(reflecting: secret), String(reflecting: engine), dumped] {
            #expect(!text.contains("hunter2"))
        }
    }
}
