import Application
import ArgumentParser
import Domain
import Infrastructure
import NIOPosix
import ProcessManager

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// `shared-ollama tune`.
struct TuneCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tune",
        abstract: "Measure on this machine with which settings the engine writes most, and keep the best.",
        discussion: """
            Engines are started anew on ports of their own, one after the other, each with other settings, and ended again: \
            the one that serves is not touched, and an interruption leaves nothing behind. What else the machine does falsifies \
            the figures, a running engine most of all: stop the service before. A setting is only called better if its \
            worst round is above the best round of the present one.
            """
    )

    @OptionGroup var options: ConfigurationOptions

    @Option(help: "What is tried: ollama or bundled; Ollama where it is installed if not given.")
    var engine: TrialKind?

    @Option(help: "The models to be measured, separated by commas; those that the profile warms up if not given.")
    var models: String?

    @Option(help: "The requests at once up to which is measured; the engine's slots if not given.")
    var parallel: Int?

    @Option(help: "How often each setting is measured.")
    var rounds = 3

    @Option(help: "The length of an answer, in tokens.")
    var tokens = 64

    @Option(
        name: .customLong("try"),
        help:
            "Variables to try, separated by spaces, such as 'OLLAMA_FLASH_ATTENTION=1'; may be given several times, and replaces the usual ones."
    )
    var tries: [String] = []

    @Option(help: "Write the best setting to this file of variables, where it is better; others in it stay.")
    var write: String?

    @Flag(help: "Print JSON instead of a table.")
    var json = false

    func validate() throws {
        for (name, value, most) in [
            ("--rounds", self.rounds, 100), ("--tokens", self.tokens, 10_000), ("--parallel", self.parallel ?? 1, 256),
        ] {
            guard (1...most).contains(value) else { throw ValidationError("\(name) is 1 to \(most).") }
        }
        for text in self.tries where VariableList(text) == nil {
            throw ValidationError("'\(text)' is no list of NAME=VALUE.")
        }
    }

    func run() async throws {
        let configuration = try self.options.load().configuration
        do {
            let bench = try await TrialBench(configuration, command: self)
            try await bench.refuseIfServed()
            let results = try await bench.series.run { progress in
                guard Terminal.showsProgress else { return }
                let label = progress.setting.map { "trying \($0.label)" } ?? ""
                let bar = ProgressBar(done: progress.done, of: progress.total, text: label)
                if progress.setting == nil { Terminal.clear() } else { Terminal.show(bar.line(width: Terminal.width)) }
            }
            let report = TrialReport(results)
            StandardOutput.write(self.json ? report.json : report.text)
            if let write { try self.write(results.best, to: write) }
        } catch let error as ServiceError {
            if Terminal.showsProgress { Terminal.clear() }
            StandardError.write("shared-ollama: \(error.message)\n")
            throw ExitCode(ExitStatus.failed)
        } catch let error as ConfigurationError {
            StandardError.write("\(error)\n")
            throw ExitCode(ExitStatus.usage)
        }
    }

    private func write(_ setting: TrialSetting, to path: String) throws {
        guard !setting.changes.isEmpty else {
            return StandardError.write(
                "shared-ollama: nothing is better than the present setting; '\(path)' stays as it is\n"
            )
        }
        do {
            let before = FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) } ?? ""
            let text = VariableList(setting.changes).replacing(in: before)
            try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
            StandardError.write("shared-ollama: written to '\(path)'; the next start of the engine goes by it\n")
        } catch {
            StandardError.write("shared-ollama: '\(path)' cannot be written: \(error)\n")
            throw ExitCode(ExitStatus.failed)
        }
    }
}

/// What can be tried.
enum TrialKind: String, ExpressibleByArgument, CaseIterable, Sendable {
    /// `ollama serve`.
    case ollama
    /// The small model that comes with the service.
    case bundled
}

/// Variables of an environment: `NAME=VALUE`, one a line or separated by spaces.
struct VariableList: Equatable {
    /// Values by name.
    let values: [String: String]

    /// Takes values by name.
    init(_ values: [String: String]) {
        self.values = values
    }

    /// Reads a list; nil if a part of it is not `NAME=VALUE`, or there is none.
    init?(_ text: String) {
        var values: [String: String] = [:]
        for part in text.split(separator: " ") {
            guard let sign = part.firstIndex(of: "="), sign != part.startIndex else { return nil }
            values[String(part[..<sign])] = String(part[part.index(after: sign)...])
        }
        guard !values.isEmpty else { return nil }
        self.values = values
    }

    /// The lines of a file with these values in it; what stands there of others stays.
    func replacing(in text: String) -> String {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).filter { line in
            guard let sign = line.firstIndex(of: "=") else { return true }
            return self.values[String(line[..<sign])] == nil
        }
        let kept = lines.last?.isEmpty ?? false ? lines.dropLast() : lines[...]
        let own = self.values.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        return (kept.map(String.init) + own).joined(separator: "\n") + "\n"
    }
}
