import Domain
import Logging
import Testing

@testable import Infrastructure

@Suite("The log handlers")
struct LogHandlerTests {
    private struct Broken: Error, CustomStringConvertible {
        let description = "it is broken"
    }

    private func lines(_ level: Logger.Level = .trace, _ body: (Logger) -> Void) throws -> [[String]] {
        let written = logLines { writer in
            body(Logger(label: "test") { LineLogHandler(label: $0, format: .json, level: level, writer: writer) })
        }
        return try written.map { Array(try jsonFields($0).dropFirst()) }
    }

    @Test("A record is one object: level, logger, message, then the metadata by name")
    func record() throws {
        let found = try self.lines { $0.warning("hm", metadata: ["b": "2", "a": "1"]) }
        #expect(found == [["level=warning", "logger=test", "message=hm", "a=1", "b=2"]])
    }

    @Test("Nested metadata is flattened, numbers and booleans stay what they are")
    func flattened() throws {
        let written = logLines { writer in
            var logger = Logger(label: "test") {
                LineLogHandler(label: $0, format: .json, level: .info, writer: writer)
            }
            logger[metadataKey: "engine"] = ["name": "local", "slots": .stringConvertible(4)]
            logger.info(
                "m",
                metadata: [
                    "list": ["x", "y"], "ratio": .stringConvertible(0.5), "up": .stringConvertible(true),
                ]
            )
        }
        let line = try #require(written.first)
        #expect(line.hasSuffix(#""engine.name":"local","engine.slots":4,"list":"x, y","ratio":0.5,"up":true}"#))
    }

    @Test("Metadata of the record is stronger than the provider's, that than the logger's")
    func mergedMetadata() throws {
        let written = logLines { writer in
            let provider = Logger.MetadataProvider { ["b": "provider", "c": "provider"] }
            var logger = Logger(label: "test") {
                LineLogHandler(label: $0, format: .json, level: .info, writer: writer, metadataProvider: provider)
            }
            logger[metadataKey: "a"] = "logger"
            logger[metadataKey: "b"] = "logger"
            logger.info("m", metadata: ["c": "record"])
        }
        let found = try jsonFields(try #require(written.first))
        #expect(Array(found.suffix(3)) == ["a=logger", "b=provider", "c=record"])
    }

    @Test("Metadata cannot take the place of the record's own fields")
    func reservedNames() throws {
        let found = try self.lines { $0.info("real", metadata: ["message": "false", "level": "false"]) }
        #expect(found == [["level=info", "logger=test", "message=real", "level_=false", "message_=false"]])
    }

    @Test("An error that comes with a record is a field")
    func error() throws {
        let found = try self.lines { $0.error("m", error: Broken()) }
        #expect(found == [["level=error", "logger=test", "message=m", "error=it is broken"]])
    }

    @Test("Records below the level are not written, and each logger has a level of its own")
    func levels() throws {
        let found = try self.lines(.warning) { logger in
            logger.info("no")
            var other = logger
            other.logLevel = .debug
            other.debug("yes")
            logger.debug("no")
            logger.error("yes")
        }
        #expect(found.map { $0[2] } == ["message=yes", "message=yes"])
    }

    @Test("The handler for terminals writes the same record as readable text")
    func terminal() throws {
        let written = logLines(.terminal(colours: false)) { writer in
            var logger = Logger(label: "test") {
                LineLogHandler(label: $0, format: .terminal(colours: false), level: .info, writer: writer)
            }
            logger[metadataKey: "engine"] = "local"
            logger.info("hello", metadata: ["n": .stringConvertible(3)])
        }
        let line = try #require(written.first)
        #expect(line.hasSuffix(" INFO     hello engine=local n=3"))
    }
}
