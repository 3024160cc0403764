import Foundation
import OllamaTestDouble
import Testing

private let python = ProcessInfo.processInfo.environment["SHARED_OLLAMA_TEST_VENV"].map { "\($0)/bin/python3" }

extension EndToEnd {
    @Suite("The clients that docs/integration.md shows", .heavy)
    struct DocumentedClients {
        /// A piece of code of the page.
        struct Block: Sendable, CustomTestStringConvertible {
            let language: String
            let text: String
            let line: Int

            var testDescription: String { "\(self.language) of line \(self.line)" }
        }

        private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        private static let key = "so_search_of-the-documents"
        /// The SHA-256 of that key.
        private static let hash = "006729ea7237405fbd79d4460d95e8265d652d8c0824496f2c0431c231668d2b"

        private static let blocks: [Block] = {
            let page =
                (try? String(contentsOf: root.appendingPathComponent("docs/integration.md"), encoding: .utf8)) ?? ""
            var blocks: [Block] = []
            var open: (language: String, line: Int, lines: [String])?
            for (index, line) in page.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
                if let block = open {
                    if line == "```" {
                        let text = block.lines.joined(separator: "\n")
                        blocks.append(Block(language: block.language, text: text, line: block.line))
                        open = nil
                    } else {
                        open?.lines.append(String(line))
                    }
                } else if line.hasPrefix("```") {
                    open = (String(line.dropFirst(3)), index + 1, [])
                }
            }
            return blocks
        }()

        private static func blocks(_ language: String) -> [Block] { self.blocks.filter { $0.language == language } }

        /// Runs a block against a service with a key, and gives what it printed.
        private static func run(_ block: Block, by program: String, _ arguments: [String]) async throws -> String {
            let settings = ["PROJECTS_0_NAME": "search", "PROJECTS_0_KEY_SHA256": self.hash]
            var output = ""
            try await Stage.ollama({ $0.profile = .init(text: "Hello to you.") }, settings: settings) {
                service,
                ollama in
                ollama.add(ModelDescription.smollm2.with { $0.name = "smollm2:135m" })
                let text = block.text.replacing("127.0.0.1:8000", with: "127.0.0.1:\(service.port)")
                #expect(text != block.text)
                let run = try await ProgramRun.run(
                    URL(fileURLWithPath: program),
                    arguments + [text],
                    environment: [
                        "SHARED_OLLAMA_API_KEY": self.key, "NO_PROXY": "*", "LITELLM_LOCAL_MODEL_COST_MAP": "True",
                        "PYTHONDONTWRITEBYTECODE": "1",
                    ]
                )
                #expect(run.status == 0, "\(run.output)")
                output = run.output
            }
            return output
        }

        @Test("work from a shell as they stand there", arguments: blocks("sh"))
        func shell(_ block: Block) async throws {
            let output = try await Self.run(block, by: "/bin/bash", ["-euo", "pipefail", "-c"])
            let isWhole = output.contains("Hello to you.") || output.hasSuffix("data: [DONE]\n\n")
            #expect(isWhole, "\(output)")
        }

        @Test(
            "work from Python as they stand there",
            .enabled(if: python != nil, "the Python clients are not installed"),
            arguments: blocks("python")
        )
        func pythons(_ block: Block) async throws {
            let output = try await Self.run(block, by: try #require(python), ["-c"])
            #expect(output.contains("Hello to you."), "\(output)")
        }

        private static let node = ["/usr/bin/node", "/usr/local/bin/node"].first {
            FileManager.default.isExecutableFile(atPath: $0)
        }

        @Test(
            "work from Node.js as they stand there",
            .enabled(if: node != nil, "Node.js is not installed"),
            arguments: blocks("js")
        )
        func nodes(_ block: Block) async throws {
            let node = try #require(Self.node)
            let version = try await ProgramRun.run(URL(fileURLWithPath: node), ["--version"]).output
            // The page says from which version on.
            guard let major = version.dropFirst().split(separator: ".").first.flatMap({ Int($0) }), major >= 20 else {
                return print("Node.js \(version) is too old for what the page shows")
            }
            let output = try await Self.run(block, by: node, ["--input-type=module", "-e"])
            #expect(output.contains("Hello to you."), "\(output)")
        }

        @Test("are pieces of the example, where they are in Swift")
        func swift() throws {
            let path = "Examples/SwiftClient/Sources/swift-client-example/Example.swift"
            let example = try String(contentsOf: Self.root.appendingPathComponent(path), encoding: .utf8)
            let pieces = Self.blocks("swift").filter { !$0.text.hasPrefix(".package") }
            #expect(pieces.count == 2 && Self.blocks("swift").count == 3)
            for piece in pieces { #expect(example.contains(piece.text), "line \(piece.line)") }
        }

        @Test("are all there")
        func complete() {
            let counts = ["sh", "python", "js", "ts", "go", "nginx"].map { Self.blocks($0).count }
            #expect(counts == [2, 5, 1, 2, 1, 1])
        }
    }
}
