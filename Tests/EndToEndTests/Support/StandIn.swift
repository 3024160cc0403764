import Foundation
import NIOCore
import NIOPosix

/// A machine with an `ollama` of its own on `PATH`: the stand-in, at a free port, with a record of its starts.
struct StandInMachine {
    let port: Int
    private let directory: TemporaryDirectory
    private let record: String

    init() async throws {
        self.directory = try TemporaryDirectory()
        self.port = try await FreePort.find()
        self.record = "\(self.directory.path)/record.jsonl"
        try FileManager.default.createSymbolicLink(
            atPath: "\(self.directory.path)/ollama",
            withDestinationPath: try Executable.url("ollama-stand-in").path
        )
    }

    /// The path of its `ollama`.
    var program: String { "\(self.directory.path)/ollama" }

    /// Settings of a service on this machine.
    func settings(
        manage: String = "auto",
        hasBinary: Bool = true,
        _ variables: [String: String] = [:]
    )
        -> ServiceUnderTest.Settings
    {
        var settings = ServiceUnderTest.Settings()
        settings.manage = manage
        settings.variables = variables.merging([
            "PATH": hasBinary ? "\(self.directory.path):/usr/bin:/bin" : "/usr/bin:/bin",
            "OLLAMA_HOST": "127.0.0.1:\(self.port)",
            "STAND_IN_RECORD": self.record,
            "STAND_IN_CONTROL": "\(self.directory.path)/control",
        ]) { $1 }
        return settings
    }

    /// What the next start of the stand-in is told, on top of its environment.
    func control(_ lines: String) throws {
        try lines.write(toFile: "\(self.directory.path)/control", atomically: true, encoding: .utf8)
    }

    /// The events so far.
    var events: [JSON] {
        let text = (try? String(contentsOfFile: self.record, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").compactMap { try? JSON(parsing: String($0)) }
    }

    /// The process that started last.
    var lastProcess: Int32? {
        guard case .number(let pid)? = self.events.last(where: { $0["event"] == "start" })?["process"] else {
            return nil
        }
        return Int32(pid)
    }

    func remove() {
        self.directory.remove()
    }
}

/// Whether a process is there.
func isAlive(_ pid: Int32) -> Bool {
    kill(pid, 0) == 0
}

/// Ports for engines that are started later.
///
/// Below those that systems give to sockets that ask for any: such a port would be somebody else's before the engine comes.
private enum FreePort {
    static func find() async throws -> Int {
        for _ in 0..<64 {
            let port = Int.random(in: 10_000..<20_000)
            let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            guard let channel = try? await bootstrap.bind(host: "127.0.0.1", port: port).get() else { continue }
            try await channel.close().get()
            return port
        }
        throw NoFreePort()
    }
}

private struct NoFreePort: Error {}
