import Application
import Domain

/// What only several settings together, or the settings and the machine, can tell.
extension ConfigurationLoader {
    /// Takes the engine that `OLLAMA_HOST` names if no engine is listed.
    mutating func chooseEngine(of configuration: inout ServiceConfiguration) {
        guard configuration.engineOrigin == .standard, let value = self.environment["OLLAMA_HOST"],
            !value.allSatisfy({ $0.isWhitespace || $0 == "\"" || $0 == "'" })
        else { return }
        let url = OllamaHost.url(value)
        do {
            let address = try EngineAddress(checked: url)
            guard !configuration.server.isReached(by: address) else {
                self.warnings.append(
                    "OLLAMA_HOST names the address of this service itself; it is ignored. "
                        + "The engine is the one at \(ServiceConfiguration.Engine.local.url)."
                )
                return
            }
            configuration.engines = [.init(name: EngineName("local"), kind: .ollama, url: url, address: address)]
            configuration.engineOrigin = .ollamaHost
        } catch {
            self.problems.append(
                .init(key: "", origin: .environment("OLLAMA_HOST"), detail: "The value names no address of an engine.")
            )
        }
    }

    /// Refuses an engine that is the service itself.
    mutating func checkAddresses(of configuration: ServiceConfiguration) {
        for (index, engine) in configuration.engines.enumerated() {
            if configuration.server.isReached(by: engine.address) {
                self.add(
                    "/engines/\(index)/url",
                    "The engine '\(engine.name)' is at the address of this service itself; change one of the two."
                )
            }
            let isLocal = NetworkHost(engine.address.host).isLoopback
            if engine.apiKey != nil, !engine.address.isSecure, !isLocal {
                self.warnings.append(
                    "The key of the engine '\(engine.name)' goes over the network without encryption; use an https URL."
                )
            }
        }
    }

    /// The data directory where none is set: by the XDG base directory rules, for root the system's
    /// unless they name another.
    mutating func chooseDataDirectory(of configuration: inout ServiceConfiguration) {
        guard configuration.dataDirectory.isEmpty else { return }
        if let data = self.environment["XDG_DATA_HOME"], data.hasPrefix("/") {
            configuration.dataDirectory = "\(data)/shared-ollama"
        } else if self.isRoot {
            configuration.dataDirectory = "/var/lib/shared-ollama"
        } else if let home = self.environment["HOME"], home.hasPrefix("/") {
            configuration.dataDirectory = "\(home)/.local/share/shared-ollama"
        } else {
            self.add("/data_dir", "There is no home directory to keep the data in; set data_dir.")
        }
    }
}

extension ServiceConfiguration.Server {
    /// Whether somebody who connects to an address reaches this service, as far as the names tell.
    func isReached(by address: EngineAddress) -> Bool {
        self.port != 0 && self.port == address.port
            && NetworkHost(self.host).isReached(by: NetworkHost(address.host))
    }
}
