import Application
import Domain
import Infrastructure
import NIOCore
import NIOPosix
import ProcessManager

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What a service would find if it were started now: its port, its engines and their models.
struct StartChecks {
    private let configuration: ServiceConfiguration

    init(_ configuration: ServiceConfiguration) {
        self.configuration = configuration
    }

    /// All findings.
    var findings: [Finding] {
        get async {
            let port = await self.port
            var engines: [(finding: Finding, models: Int)] = []
            for engine in self.configuration.engines { engines.append(await self.look(at: engine)) }
            let answers = engines.contains { $0.finding.verdict == .good }
            // An engine that does not answer is no fault where the service starts one.
            let programs = answers || !self.mayStart ? [] : [self.programs]
            let known = mayStart && !answers ? [] : engines.map(\.finding)
            var findings = [port] + known + programs
            if answers {
                let count = engines.map(\.models).reduce(0, +)
                findings.append(
                    count > 0
                        ? Finding("models", .good, "there are \(count)")
                        : Finding("models", .wrong, "there is none", remedy: "fetch one, such as: ollama pull qwen3:8b")
                )
            }
            return findings
        }
    }

    private var mayStart: Bool {
        let mode = self.configuration.processManager.mode
        return mode == .always || mode == .auto && self.configuration.mayManageEngine
    }

    // MARK: The parts

    /// Whether the service could listen.
    private var port: Finding {
        get async {
            let server = self.configuration.server
            let place = "\(server.host):\(server.port)"
            do {
                let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                    .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                let channel = try await bootstrap.bind(host: server.host, port: server.port).get()
                try await channel.close().get()
                return Finding("port", .good, "\(place) is free")
            } catch {
                let number = (error as? IOError)?.errnoCode ?? 0
                let detail = number == 0 ? "\(error)" : String(cString: strerror(number))
                let remedy =
                    switch number {
                    case EADDRINUSE: "another program listens there: end it, or choose another server.port"
                    case EACCES: "only root may listen there: choose a port from 1024 on"
                    default: "this machine has no such address: mend server.host"
                    }
                return Finding("port", .wrong, "\(place) cannot be listened on: \(detail)", remedy: remedy)
            }
        }
    }

    /// Asks an engine how it is.
    private func look(at engine: ServiceConfiguration.Engine) async -> (finding: Finding, models: Int) {
        let check = "engine \(engine.name)"
        do {
            let factory = EngineFactory(
                configuration: self.configuration,
                eventLoops: MultiThreadedEventLoopGroup.singleton,
                counting: DeviceFiles()
            )
            let report = try await factory.client(for: engine).probe()
            let version = report.version.map { ", version \($0)" } ?? ""
            return (Finding(check, .good, "it answers at \(engine.url)\(version)"), report.models.count)
        } catch {
            let message = (error as? ServiceError)?.message ?? "\(error)"
            let remedy = "is it running, and its address right (engines.N.url, OLLAMA_HOST)?"
            return (Finding(check, .wrong, "\(engine.url): \(message)", remedy: remedy), 0)
        }
    }

    /// Whether there is an engine to start.
    private var programs: Finding {
        let name = self.configuration.processManager.binary
        if let path = ExecutableSearch.find(name, environment: ProcessInfo.processInfo.environment) {
            return Finding("engine", .good, "none answers; the service would start '\(path)'")
        }
        if self.configuration.processManager.mode == .auto,
            BundledEngine.locate(in: self.configuration.dataDirectory) != nil
        {
            return Finding(
                "engine",
                .warning,
                "none answers, and Ollama is not installed; the service would start its small bundled engine",
                remedy: "install Ollama for real work"
            )
        }
        return Finding(
            "engine",
            .wrong,
            "none answers, and there is no program '\(name)' to start",
            remedy: "install Ollama, set process_manager.binary, or run scripts/serve, which brings an engine"
        )
    }
}
