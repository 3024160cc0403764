import Application
import Infrastructure
import Logging
import ProcessManager

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What this machine has to have for a service, whether one runs or not.
struct MachineChecks {
    private let configuration: ServiceConfiguration
    private let read: [String: Bool]

    /// Below this much, the database and files soon have no room.
    private static let scarceBytes = 2_000_000_000
    /// Below this much, nothing can be relied on any more.
    private static let tooFewBytes = 200_000_000
    /// What a service needs beside its callers' connections: engines, logs, database.
    private static let ownFiles = 256
    /// How far in the future a file may have been written, in seconds.
    private static let clockTolerance = 60.0

    /// `read`: the files that the configuration names, each with whether it holds a secret.
    init(_ configuration: ServiceConfiguration, read: [String: Bool]) {
        self.configuration = configuration
        self.read = read
    }

    /// All findings.
    var findings: [Finding] {
        get async {
            var findings = [self.directory] + self.privateFiles
            if let keys = await self.keys { findings.append(keys) }
            if let captured { findings.append(captured) }
            if let traced { findings.append(traced) }
            return findings + self.disk + [self.openFiles, Self.clock(.now, lastWritten: self.lastWritten)]
        }
    }

    // MARK: Files

    private var path: String { self.configuration.dataDirectory }

    private var directory: Finding {
        var isDirectory = false
        guard FileManager.default.fileExists(atPath: self.path, isDirectory: &isDirectory) else {
            return Finding("data directory", .good, "'\(self.path)' is not there yet; the service makes it")
        }
        guard isDirectory, FileManager.default.isWritableFile(atPath: self.path) else {
            return Finding(
                "data directory",
                .wrong,
                "'\(self.path)' is not a directory that this user can write to",
                remedy: "chown it to the user of the service, or name another one with --data-dir"
            )
        }
        if let mode = Self.mode(of: self.path), mode & 0o077 != 0 {
            return Finding(
                "data directory",
                .warning,
                "others may look into '\(self.path)', where hashes of keys, batches and logs are",
                remedy: "chmod 700 '\(self.path)'"
            )
        }
        return Finding("data directory", .good, "'\(self.path)' can be written, and read by nobody else")
    }

    /// The files that others must not read: secrets, and the database.
    private var privateFiles: [Finding] {
        let database = "\(self.path)/shared-ollama.sqlite"
        let paths = self.read.filter(\.value).keys.sorted() + [database, "\(database)-wal"]
        let open = paths.filter { (Self.mode(of: $0) ?? 0) & 0o077 != 0 }
        guard !open.isEmpty else { return [Finding("secrets", .good, "no file with keys is open to others")] }
        return open.map { path in
            Finding("secrets", .wrong, "others may read '\(path)'", remedy: "chmod 600 '\(path)'")
        }
    }

    private static func mode(of path: String) -> Int? {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        return attributes?[.posixPermissions] as? Int
    }

    /// Whether there is a key, where the service does not start without one.
    private var keys: Finding? {
        get async {
            guard self.configuration.needsStoredKey else { return nil }
            let missing = Finding(
                "keys",
                .wrong,
                "other machines reach \(self.configuration.server.host), and there is no key",
                remedy: "shared-ollama keys create NAME; or allow_anonymous: true, or server.host: 127.0.0.1"
            )
            guard FileManager.default.fileExists(atPath: "\(self.path)/shared-ollama.sqlite") else { return missing }
            do {
                let logger = Logger(label: "shared-ollama.doctor") { _ in SwiftLogNoOpLogHandler() }
                let database = try ServiceDatabase(directory: self.path, logger: logger)
                let count = try await SQLiteKeyStore(database: database).keys().count
                return count == 0 ? missing : Finding("keys", .good, "\(count) in the database")
            } catch {
                return Finding(
                    "keys",
                    .wrong,
                    "the database cannot be read: \(error)",
                    remedy: "see docs/operations.md"
                )
            }
        }
    }

    /// Whether what callers say lies on the disk.
    private var captured: Finding? {
        let file = "\(self.path)/logs/\(LogName.exchanges.fileName)"
        let (isOn, isThere) = (self.configuration.requestLog.capture > 0, FileManager.default.fileExists(atPath: file))
        guard isOn || isThere else { return nil }
        return Finding(
            "capture",
            .warning,
            isThere
                ? "prompts and answers lie in '\(file)'"
                : "request_log.capture is on: prompts and answers will be kept",
            remedy: "when the fault is found, set request_log.capture to 0, restart the service and delete \(file)*"
        )
    }

    /// Whether what callers say goes to a collector of traces.
    private var traced: Finding? {
        let tracing = self.configuration.tracing
        guard let endpoint = tracing.endpoint, tracing.content else { return nil }
        return Finding(
            "tracing",
            .warning,
            "prompts and answers go to the collector at \(endpoint)",
            remedy: "when the fault is found, set tracing.content to false and restart the service"
        )
    }

    // MARK: Disk, descriptors, clock

    private var disk: [Finding] {
        // A directory that is not there yet is made on the disk of the nearest one above it.
        var place = self.path
        while DiskSpace.free(at: place) == nil, let slash = place.lastIndex(of: "/"), slash != place.startIndex {
            place = String(place[..<slash])
        }
        guard let free = DiskSpace.free(at: place) else { return [] }
        return [Self.disk(free: free)]
    }

    static func disk(free: Int) -> Finding {
        let words = "\(PlainWords.bytes(free)) are free where the data directory is"
        guard free < self.scarceBytes else { return Finding("disk", .good, words) }
        return Finding(
            "disk",
            free < self.tooFewBytes ? .wrong : .warning,
            words,
            remedy:
                "make room: without it nothing is recorded and no file taken (batches.retention_days, request_log, usage.keep_days)"
        )
    }

    private var openFiles: Finding {
        Self.openFiles(limit: FileLimit.hard, connections: self.configuration.server.maxConnections)
    }

    /// `limit`: how many files a process may have open.
    static func openFiles(limit: Int, connections: Int) -> Finding {
        let needed = connections + self.ownFiles
        guard limit < needed else { return Finding("open files", .good, "up to \(limit)") }
        return Finding(
            "open files",
            .warning,
            "up to \(limit), fewer than server.max_connections (\(connections)) and the service's own take",
            remedy: "ulimit -Hn \(needed), under systemd LimitNOFILE=\(needed); or a smaller server.max_connections"
        )
    }

    /// When the database was written last; nil if there is none.
    private var lastWritten: Date? {
        let database = "\(self.path)/shared-ollama.sqlite"
        return ["", "-wal"].compactMap { suffix in
            try? FileManager.default.attributesOfItem(atPath: database + suffix)[.modificationDate] as? Date
        }.max()
    }

    /// `lastWritten`: when this machine is known to have been at work.
    static func clock(_ now: Date, lastWritten: Date?) -> Finding {
        let text = now.formatted(.iso8601)
        let remedy = "set the time, and run a time service such as chrony or systemd-timesyncd"
        // Certificates, quotas by the day and signatures of webhooks go by it. This program was not there before 2026.
        guard now.timeIntervalSince1970 >= 1_767_225_600 else {
            return Finding("clock", .wrong, "it says \(text)", remedy: remedy)
        }
        if let lastWritten, lastWritten.timeIntervalSince(now) > self.clockTolerance {
            let detail = "it says \(text), but the database was written at \(lastWritten.formatted(.iso8601))"
            return Finding("clock", .wrong, detail, remedy: remedy)
        }
        return Finding("clock", .good, text)
    }
}
