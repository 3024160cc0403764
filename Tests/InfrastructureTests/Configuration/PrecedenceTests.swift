import Application
import Domain
import Testing

@testable import Infrastructure

@Suite("Where settings come from")
struct PrecedenceTests {
    @Test("Without any source the defaults hold, and the engine is the Ollama of this machine")
    func defaults() throws {
        let (configuration, warnings) = try loadConfiguration()
        var expected = ServiceConfiguration()
        expected.dataDirectory = "/home/me/.local/share/shared-ollama"
        #expect(configuration == expected)
        #expect(configuration.engineOrigin == .standard)
        #expect(configuration.engines.map(\.url) == ["http://127.0.0.1:11434"])
        #expect(warnings.isEmpty)
    }

    @Test("The file is stronger than the defaults, the environment than the file, a flag than the environment")
    func order() throws {
        let yaml = "server: { port: 1001, max_connections: 7 }"
        #expect(try loadConfiguration(yaml: yaml).configuration.server.port == 1001)
        let environment = ["SHARED_OLLAMA_SERVER_PORT": "1002"]
        #expect(try loadConfiguration(yaml: yaml, environment: environment).configuration.server.port == 1002)
        let port = serviceFlags { $0.port = 1003 }
        let (configuration, _) = try loadConfiguration(yaml: yaml, environment: environment, flags: port)
        #expect(configuration.server.port == 1003)
        #expect(configuration.server.maxConnections == 7)
    }

    @Test("The file is --config, else $SHARED_OLLAMA_CONFIG, else ./config/service.yaml, else the one in /etc")
    func file() throws {
        let all = [
            "flag.yaml": "server: { port: 1 }", "variable.yaml": "server: { port: 2 }",
            "config/service.yaml": "server: { port: 3 }", "/etc/shared-ollama/service.yaml": "server: { port: 4 }",
        ]
        let variable = ["SHARED_OLLAMA_CONFIG": "variable.yaml"]
        let flag = serviceFlags { $0.config = "flag.yaml" }
        #expect(try loadConfiguration(environment: variable, flags: flag, files: all).configuration.server.port == 1)
        #expect(try loadConfiguration(environment: variable, files: all).configuration.server.port == 2)
        #expect(try loadConfiguration(files: all).configuration.server.port == 3)
        let onlyEtc = all.filter { $0.key.hasPrefix("/etc") }
        #expect(try loadConfiguration(files: onlyEtc).configuration.server.port == 4)
    }

    @Test("A file that is named must exist")
    func missingFile() {
        #expect(
            configurationProblems(flags: serviceFlags { $0.config = "no.yaml" }) == [
                "There is no file 'no.yaml'. (--config)"
            ]
        )
        #expect(
            configurationProblems(environment: ["SHARED_OLLAMA_CONFIG": "no.yaml"])
                == ["There is no file 'no.yaml'. ($SHARED_OLLAMA_CONFIG)"]
        )
    }

    @Test("A usual file that exists but cannot be read is an error, not passed over")
    func unreadableFile() {
        let fake = FakeFiles(unreadable: ["config/service.yaml"])
        #expect(throws: ConfigurationError.self) {
            try ServiceConfiguration.load(flags: .init(), environment: [:], isRoot: true, readFile: fake.read)
        }
    }

    @Test("Every flag sets its key")
    func allFlags() throws {
        let all = serviceFlags {
            $0.host = "127.0.0.5"
            $0.port = 0
            $0.engineURL = "https://gpu:8443/base/"
            $0.engineKind = "openai"
            $0.manage = "never"
            $0.dataDirectory = "/data"
        }
        let (configuration, _) = try loadConfiguration(flags: all)
        #expect(configuration.server.host == "127.0.0.5")
        #expect(configuration.server.port == 0)
        #expect(configuration.processManager.mode == .never)
        #expect(configuration.dataDirectory == "/data")
        #expect(configuration.engineOrigin == .explicit)
        let engine = try #require(configuration.engines.first)
        #expect(configuration.engines.count == 1)
        #expect(engine.name.description == "local")
        #expect(engine.kind == .openAI)
        #expect(engine.address.host == "gpu" && engine.address.port == 8443)
        #expect(engine.address.isSecure && engine.address.basePath == "/base")
    }

    @Test("--engine-url replaces the whole list, and what the environment says of it")
    func engineURL() throws {
        let (configuration, _) = try loadConfiguration(
            yaml: "engines: [{ name: a, url: 'http://a:1' }, { name: b, url: 'http://b:1' }]",
            environment: ["SHARED_OLLAMA_ENGINES_0_PARALLEL": "9", "SHARED_OLLAMA_ENGINES_0_API_KEY": "hidden"],
            flags: serviceFlags { $0.engineURL = "http://c:1" }
        )
        #expect(configuration.engines.map(\.url) == ["http://c:1"])
        #expect(configuration.engines.map(\.parallel) == [nil])
        #expect(configuration.engines.map(\.apiKey) == [nil])
    }

    @Test("--engine-kind without --engine-url is an error")
    func engineKindAlone() {
        let found = configurationProblems(flags: serviceFlags { $0.engineKind = "openai" })
        #expect(found.count == 1)
        #expect(found.first?.hasSuffix("(--engine-kind)") == true)
    }

    @Test("The data directory follows XDG, and is the system's for root")
    func dataDirectory() throws {
        func directory(_ environment: [String: String], isRoot: Bool = false) throws -> String {
            try loadConfiguration(environment: environment, isRoot: isRoot).configuration.dataDirectory
        }
        #expect(try directory([:]) == "/home/me/.local/share/shared-ollama")
        #expect(try directory(["XDG_DATA_HOME": "/data"]) == "/data/shared-ollama")
        #expect(try directory(["XDG_DATA_HOME": "relative"]) == "/home/me/.local/share/shared-ollama")
        #expect(try directory(["XDG_DATA_HOME": "/data"], isRoot: true) == "/data/shared-ollama")
        #expect(try directory(["HOME": "/root"], isRoot: true) == "/var/lib/shared-ollama")
        #expect(try directory(["SHARED_OLLAMA_DATA_DIR": "/mine"], isRoot: true) == "/mine")
        #expect(try loadConfiguration(yaml: "data_dir: /file").configuration.dataDirectory == "/file")
        #expect(
            configurationProblems(environment: ["HOME": ""]) == [
                "data_dir: There is no home directory to keep the data in; set data_dir."
            ]
        )
    }
}
