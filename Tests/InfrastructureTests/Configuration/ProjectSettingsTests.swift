import Domain
import Testing

@testable import Infrastructure

@Suite("The projects of the configuration")
struct ProjectSettingsTests {
    private static let hash = String(repeating: "ab", count: 32)

    @Test("Names and keys that stand twice, wrong hashes and unknown words are told at once, each with its place")
    func faults() {
        let yaml = """
            projects:
              - { name: a, key_sha256: "\(Self.hash)" }
              - name: a
                key_sha256: [\(Self.hash.uppercased()), so_secret]
              - name: b
                may: [everything]
                role: root
                models: ["a//b"]
              - weight: 0
              - name: "a b"
                concurrency: 0
            """
        #expect(
            configurationProblems(yaml: yaml) == [
                "projects.1.key_sha256: A hash is 64 hexadecimal digits; this one has 9 characters or others than digits. "
                    + "`printf %s KEY | sha256sum` makes one. (config/service.yaml:4)",
                "projects.1.name: There are two projects 'a'. (config/service.yaml:3)",
                "projects.1.key_sha256: The hash that begins with abababab is given twice. (config/service.yaml:4)",
                "projects.2.role: 'root' is not one of 'user', 'admin'. (config/service.yaml:7)",
                "projects.2.models: 'a//b' is not a model name; a name looks like 'llama3.2:3b' or "
                    + "'host/namespace/model:tag'. (config/service.yaml:8)",
                "projects.2.may: 'everything' is not one of 'runner_options', 'keep_alive'. (config/service.yaml:6)",
                "projects.3.weight: 0 is not between 0.01 and 1000. (config/service.yaml:9)",
                "projects.3.name: The field 'name' is missing. (config/service.yaml:9)",
                "projects.4.concurrency: 0 is not between 1 and 100000. (config/service.yaml:11)",
                "projects.4.name: A name is 1 to 64 characters of letters, digits, '.', '_' and '-'. "
                    + "(config/service.yaml:10)",
            ]
        )
    }

    @Test("A hash in the file is never repeated whole, as it may be a key")
    func noSecrets() {
        let problems = configurationProblems(yaml: "projects: [{ name: a, key_sha256: so_a_topsecret }]")
        #expect(problems.count == 1 && !problems[0].contains("topsecret"), "\(problems)")
    }

    @Test("Projects and lists can be set by the environment")
    func environment() throws {
        let configuration = try loadConfiguration(environment: [
            "SHARED_OLLAMA_PROJECTS_0_NAME": "a", "SHARED_OLLAMA_PROJECTS_0_KEY_SHA256": Self.hash,
            "SHARED_OLLAMA_PROJECTS_0_MODELS": "llama3, qwen*", "SHARED_OLLAMA_SERVER_HOSTS": "one",
        ]).configuration
        #expect(configuration.projects.map(\.project.models) == [["llama3", "qwen*"]])
        #expect(configuration.projects.map { $0.keyHashes.map(\.description) } == [[Self.hash]])
        #expect(configuration.server.hosts == ["one"])
    }

    @Test("Bad proxies, origins, half a TLS section and bad times to stay loaded are refused")
    func door() {
        let yaml = """
            server:
              trusted_proxies: [10.0.0.0/33, proxy]
              origins: [app.example]
              tls: { certificate: c.pem }
            process_manager: { keep_alive: soon }
            """
        #expect(
            configurationProblems(yaml: yaml, files: ["c.pem": ""]) == [
                "server.origins: 'app.example' is no origin such as 'https://app.example' or '*'. (config/service.yaml:3)",
                "server.trusted_proxies: '10.0.0.0/33' is neither an address nor a network such as '10.0.0.0/8'. "
                    + "(config/service.yaml:2)",
                "server.trusted_proxies: 'proxy' is neither an address nor a network such as '10.0.0.0/8'. "
                    + "(config/service.yaml:2)",
                "server.tls.key: HTTPS needs both files: the certificate and its key. (config/service.yaml:4)",
                "process_manager.keep_alive: 'soon' is not a duration such as '5m' or '1h30m'. (config/service.yaml:5)",
            ]
        )
    }
}
