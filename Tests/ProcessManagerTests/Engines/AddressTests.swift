import Foundation
import Testing

@testable import ProcessManager

struct LocalEngineAddressTests {
    @Test(arguments: [
        ("http://127.0.0.1:11434", "127.0.0.1", 11434), ("HTTP://localhost:80/", "localhost", 80),
        ("http://ollama.internal", "ollama.internal", 80), ("http://[::1]:11434", "::1", 11434),
        ("http://[fe80::1]", "fe80::1", 80),
    ])
    func reads(url: String, host: String, port: Int) {
        #expect(LocalEngineAddress(url: url) == LocalEngineAddress(host: host, port: port))
    }

    @Test(arguments: [
        "https://127.0.0.1:11434", "127.0.0.1:11434", "http://", "http://:80", "http://h:0", "http://h:65536",
        "http://h:x",
        "http://h/path", "http://u@h", "http://[::1", "http://[::1]80", "http://h:1:2",
    ])
    func refuses(url: String) {
        #expect(LocalEngineAddress(url: url) == nil)
    }

    @Test func writesWhatOllamaReads() {
        #expect(LocalEngineAddress.ollamaDefault.authority == "127.0.0.1:11434")
        #expect(LocalEngineAddress(host: "::1", port: 1).url == "http://[::1]:1")
    }

    @Test(arguments: [
        ("127.0.0.1", true), ("127.8.9.10", true), ("localhost", true), ("::1", true), ("0.0.0.0", false),
        ("10.0.0.1", false), ("127.0.0.1.example.com", false), ("127.0.0", false), ("box", false),
    ])
    func knowsLoopback(host: String, isLoopback: Bool) {
        #expect(LocalEngineAddress(host: host, port: 1).isLoopback == isLoopback)
    }
}

struct LoopbackPortTests {
    @Test func findsPortsThatCanBeBound() throws {
        for _ in 0..<20 {
            let port = try LoopbackPort.findFree()
            #expect((1024...65535).contains(port))
            #expect(try LoopbackPort.bind(port) == port)
        }
    }

    @Test func anyPortIsNamed() throws {
        #expect(try LoopbackPort.bind(0) > 0)
    }
}

struct ExecutableSearchTests {
    @Test func looksAlongThePath() throws {
        let directory = try TemporaryDirectory()
        let program = try directory.script("bin/tool", "exit 0")
        try "text".write(toFile: "\(directory.path)/bin/data", atomically: true, encoding: .utf8)
        let environment = ["PATH": "/nowhere:\(directory.path)/bin:/bin"]
        #expect(ExecutableSearch.find("tool", environment: environment) == program)
        #expect(ExecutableSearch.find(program, environment: [:]) == program)
        #expect(ExecutableSearch.find("data", environment: environment) == nil)
        #expect(ExecutableSearch.find("bin", environment: ["PATH": directory.path]) == nil)
        #expect(ExecutableSearch.find("no-such-tool", environment: environment) == nil)
        #expect(ExecutableSearch.find("", environment: environment) == nil)
    }
}

struct ProcessCommandTests {
    @Test func childrenDoNotSeeTheServicesOwnVariables() {
        let own = ["SHARED_OLLAMA_PROJECTS_0_KEY": "secret", "PATH": "/bin", "HOME": "/home/ada"]
        let inherited = ProcessCommand.inheritedEnvironment(own, home: "/data")
        #expect(inherited == ["PATH": "/bin", "HOME": "/home/ada"])
        #expect(ProcessCommand.inheritedEnvironment([:], home: "/data") == ["HOME": "/data"])
    }

    @Test func theGuardIsTold() {
        let command = ProcessCommand(executable: "/bin/x", arguments: ["-v"], environment: [:])
        let arguments = GuardInvocation(executable: "/bin/g").arguments(for: command, grace: .milliseconds(1500))
        #expect(arguments == ["guard", "--", "--grace", "1.5", "--", "/bin/x", "-v"])
        #expect(GuardOptions(Array(arguments.dropFirst()))?.grace == .milliseconds(1500))
    }
}
