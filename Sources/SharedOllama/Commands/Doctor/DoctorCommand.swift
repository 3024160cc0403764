import ArgumentParser
import Domain
import Infrastructure
import Synchronization

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// `shared-ollama doctor`: what is wrong, and how to mend it.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Look at configuration, files, disk, clock, service, engines and models, and tell what to do.",
        discussion: """
            Works with and without a running service; run it on the machine and as the user of the service, with the same \
            flags as 'serve'. Ends with status 1 if something is wrong; warnings alone are 0.
            """
    )

    @OptionGroup var options: ConfigurationOptions

    @OptionGroup var client: ClientOptions

    func run() async throws {
        var findings: [Finding] = []
        let files = ReadFiles()
        let configuration = self.readConfiguration(files, &findings)
        if let configuration {
            findings += await MachineChecks(configuration, read: files.all).findings
        }
        let service = await self.serviceFindings(configuration)
        findings += service.findings
        if !service.isThere, let configuration {
            findings += await StartChecks(configuration).findings
        }
        self.tell(findings)
        if findings.contains(where: { $0.verdict == .wrong }) { throw ExitCode(ExitStatus.failed) }
    }

    private func tell(_ findings: [Finding]) {
        guard self.client.json else { return StandardOutput.write(findings.map(\.text).joined()) }
        var writer = JSONWriter()
        writer.array(findings) { $1.write(to: &$0) }
        StandardOutput.write(String(decoding: writer.bytes, as: UTF8.self) + "\n")
    }

    private func readConfiguration(_ files: ReadFiles, _ findings: inout [Finding]) -> ServiceConfiguration? {
        do {
            let (configuration, warnings) = try ServiceConfiguration.load(
                flags: self.options.flags,
                environment: ProcessInfo.processInfo.environment,
                readFile: files.read
            )
            findings.append(Finding("configuration", .good, "valid"))
            findings += warnings.map { Finding("configuration", .warning, $0) }
            return configuration
        } catch {
            let remedy = "mend these keys; docs/configuration.md has them all"
            findings.append(Finding("configuration", .wrong, "\(error)", remedy: remedy))
            return nil
        }
    }

    /// What the service says, at the address that is named, else at that of the configuration.
    private func serviceFindings(_ configuration: ServiceConfiguration?) async -> ServiceChecks {
        let isNamed = self.client.url ?? ProcessInfo.processInfo.environment["SHARED_OLLAMA_URL"] != nil
        var checks = ServiceChecks(isNamed: isNamed)
        do {
            try await self.client.connect(usual: configuration.map(Self.address)) { try await checks.ask($0) }
        } catch {
            checks.note(error)
        }
        return checks
    }

    /// Where a service with this configuration listens, seen from this machine.
    static func address(of configuration: ServiceConfiguration) -> String {
        let server = configuration.server
        let isAnyAddress = ["0.0.0.0", "::", ""].contains(server.host)
        let host = isAnyAddress ? "127.0.0.1" : server.host
        let scheme = server.tls.certificate == nil ? "http" : "https"
        return "\(scheme)://\(host.contains(":") ? "[\(host)]" : host):\(server.port)"
    }
}

/// Remembers which files were read, and which of them hold a secret.
final class ReadFiles: Sendable {
    private let secrets = Mutex<[String: Bool]>([:])

    /// The files, each with whether it holds a secret.
    var all: [String: Bool] { self.secrets.withLock(\.self) }

    /// Reads a file.
    @Sendable
    func read(_ path: String) throws(ConfigurationFile.ReadError) -> String? {
        let text = try ConfigurationFile.read(path)
        if let text { self.secrets.withLock { $0[path] = Self.isSecret(text) } }
        return text
    }

    /// Whether a text is a private key, or one word: what files of secrets hold.
    static func isSecret(_ text: String) -> Bool {
        text.contains("PRIVATE KEY-----") || text.split(whereSeparator: \.isWhitespace).count == 1
    }
}
