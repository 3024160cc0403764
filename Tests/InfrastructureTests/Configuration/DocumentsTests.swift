import Domain
import Testing

@testable import Infrastructure

@Suite("The documents of the configuration")
struct DocumentsTests {
    /// The root of the project, seen from this file.
    private static let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(4)
        .joined(separator: "/")

    private static func text(_ path: String) throws -> String {
        try #require(try ConfigurationFile.read("\(self.root)/\(path)"))
    }

    /// The lines of the commented file, each without its first `#`.
    private static func uncommented() throws -> [String] {
        try self.text("config/service.yaml").split(separator: "\n", omittingEmptySubsequences: false).map { line in
            #expect(line.isEmpty || line.hasPrefix("#"), "a line that is not commented out: \(line)")
            return String(line.dropFirst())
        }
    }

    @Test("The commented file as it is leaves every default")
    func commented() throws {
        let (configuration, _) = try loadConfiguration(yaml: try Self.text("config/service.yaml"))
        #expect(configuration == (try loadConfiguration().configuration))
    }

    @Test("The file with every line uncommented says exactly the defaults")
    func uncommentedIsDefault() throws {
        var (configuration, warnings) = try loadConfiguration(yaml: try Self.uncommented().joined(separator: "\n"))
        #expect(configuration.engineOrigin == .explicit)
        configuration.engineOrigin = .standard
        #expect(configuration.projects == [.init(Project(name: try ProjectName("example")))])
        configuration.projects = []
        #expect(configuration == (try loadConfiguration().configuration))
        #expect(warnings.isEmpty)
    }

    @Test("Every key stands in the file with its default")
    func fileIsComplete() throws {
        let file = try SettingsFile(try Self.uncommented().joined(separator: "\n"), path: "service.yaml")
        for key in ServiceConfiguration.keys {
            let pointer = SettingsTree.pointer(key.path.map { $0 == KeyList.index ? "0" : $0 })
            #expect(file.origins[pointer] != nil, "\(key.dotted) is missing in config/service.yaml")
        }
    }

    @Test("Every key stands in docs/configuration.md with its default, and no other does")
    func tableIsComplete() throws {
        let rows = try Self.text("docs/configuration.md").split(separator: "\n").compactMap { line -> String? in
            let cells = line.split(separator: "|").map { $0.trimmingPrefix(while: \.isWhitespace) }
            guard line.hasPrefix("| `"), cells.count == 3, !cells[0].hasPrefix("`--") else { return nil }
            return "\(cells[0])\(cells[1])".replacing(" ", with: "")
        }
        let expected = ServiceConfiguration.keys.map { key in
            "`\(key.dotted)``\(key.dotted == "engines.N.url" ? "http://127.0.0.1:11434" : key.standard)`"
        }
        #expect(Set(rows) == Set(expected))
        #expect(rows.count == expected.count)
    }

    @Test("The error lists every problem with its key and place")
    func errorText() {
        let error = ConfigurationError(problems: [
            .init(key: "server.port", origin: .file("f.yaml", line: 3), detail: "70000 is too large."),
            .init(key: "", origin: .flag("--config"), detail: "There is no file."),
            .init(key: "log.file", origin: nil, detail: "It is empty."),
        ])
        #expect(
            error.description == """
                The configuration has 3 errors:
                  server.port: 70000 is too large. (f.yaml:3)
                  There is no file. (--config)
                  log.file: It is empty.
                """
        )
        #expect(
            ConfigurationError(problems: Array(error.problems.prefix(1))).description.hasPrefix(
                "The configuration has an error:"
            )
        )
    }
}
