import Infrastructure
import ProcessManager

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What this machine has to have for a service.
struct DoctorMachine {
    private let configuration: ServiceConfiguration

    /// Below this much, files and the database soon have no room.
    private static let scarceBytes = 1_000_000_000

    init(_ configuration: ServiceConfiguration) {
        self.configuration = configuration
    }

    var findings: [Finding] { [self.directory] + self.disk + self.engine + self.clock }

    private var directory: Finding {
        let path = self.configuration.dataDirectory
        var isDirectory = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
            return Finding(
                "data directory",
                .warning,
                "'\(path)' is not there yet; the service makes it when it starts"
            )
        }
        guard isDirectory, FileManager.default.isWritableFile(atPath: path) else {
            return Finding(
                "data directory",
                .wrong,
                "'\(path)' cannot be written by this user",
                remedy: "chown it to the user of the service, or name another with --data-dir"
            )
        }
        let permissions = try? FileManager.default.attributesOfItem(atPath: path)[.posixPermissions]
        if let permissions = permissions as? Int, permissions & 0o077 != 0 {
            return Finding(
                "data directory",
                .warning,
                "others may read '\(path)', where keys' hashes and batches are",
                remedy: "chmod 700 '\(path)'"
            )
        }
        return Finding("data directory", .good, "'\(path)' can be written, and read by nobody else")
    }

    private var disk: [Finding] {
        guard let free = DiskSpace.free(at: self.configuration.dataDirectory) else { return [] }
        let words = "\(PlainWords.bytes(free)) are free"
        guard free < Self.scarceBytes else { return [Finding("disk", .good, words)] }
        return [
            Finding(
                "disk",
                .warning,
                words,
                remedy: "make room: uploads and the ledger stop when there is none (batches.retention_days)"
            )
        ]
    }

    private var engine: [Finding] {
        guard self.configuration.mayManageEngine || self.configuration.processManager.mode == .always else { return [] }
        let environment = ProcessInfo.processInfo.environment
        if let path = ExecutableSearch.find(self.configuration.processManager.binary, environment: environment) {
            return [Finding("ollama", .good, "'\(path)' can be started")]
        }
        if BundledEngine.locate(in: self.configuration.dataDirectory) != nil {
            return [
                Finding(
                    "ollama",
                    .warning,
                    "it is not installed; the small bundled engine is",
                    remedy: "install Ollama for real work"
                )
            ]
        }
        return [
            Finding(
                "ollama",
                .warning,
                "neither Ollama nor the bundled engine can be started here",
                remedy: "install Ollama, or run scripts/serve, which brings an engine; one that runs already is used"
            )
        ]
    }

    private var clock: [Finding] {
        // Keys, quotas by the day and signatures of webhooks go by it. This program was not written before 2026.
        guard Date.now.timeIntervalSince1970 < 1_767_225_600 else { return [] }
        return [Finding("clock", .wrong, "it is before 2026", remedy: "set the time, for instance with chrony")]
    }
}
