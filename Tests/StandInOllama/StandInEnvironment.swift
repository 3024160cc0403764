import Foundation
import OllamaTestDouble

/// What the stand-in was told: `OLLAMA_…` as the real one reads it, and `STAND_IN_…`, which a control file overrides.
struct StandInEnvironment: Sendable {
    private let values: [String: String]

    static var current: StandInEnvironment {
        var values = ProcessInfo.processInfo.environment
        // Read at each start: a test changes the file between a crash and the restart.
        if let path = values["STAND_IN_CONTROL"], let text = try? String(contentsOfFile: path, encoding: .utf8) {
            for line in text.split(whereSeparator: \.isNewline) {
                let parts = line.split(separator: "=", maxSplits: 1)
                guard parts.count == 2 else { continue }
                let name = String(parts[0])
                values[name.hasPrefix("STAND_IN_") ? name : "STAND_IN_" + name] = String(parts[1])
            }
        }
        return StandInEnvironment(values)
    }

    init(_ values: [String: String]) { self.values = values }

    var recordPath: String? { text("RECORD") }

    /// The variables that belong to an engine.
    var recorded: [String: String] {
        let prefixes = ["OLLAMA_", "CUDA_", "HIP_", "ROCR_", "GGML_", "LLAMA_ARG_"]
        return values.filter { value in prefixes.contains { value.key.hasPrefix($0) } }
    }

    func text(_ name: String) -> String? {
        guard let text = values["STAND_IN_" + name], !text.isEmpty else { return nil }
        return text
    }

    func number(_ name: String) -> Int? { text(name).flatMap { Int($0) } }

    func flag(_ name: String) -> Bool { ["1", "true", "yes"].contains(text(name)?.lowercased() ?? "") }

    var configuration: OllamaTestDouble.Configuration {
        OllamaTestDouble.Configuration { configuration in
            let address = OllamaHost(ollama("HOST") ?? "")
            configuration.host = address.host
            configuration.port = address.port
            configuration.parallel = positive("NUM_PARALLEL") ?? configuration.parallel
            configuration.maxLoadedModels = positive("MAX_LOADED_MODELS") ?? configuration.maxLoadedModels
            configuration.maxQueue = positive("MAX_QUEUE") ?? configuration.maxQueue
            configuration.contextLength = positive("CONTEXT_LENGTH") ?? configuration.contextLength
            configuration.keepAlive = ollama("KEEP_ALIVE").flatMap(KeepAlive.init(text:)) ?? configuration.keepAlive
            configuration.origins = (ollama("ORIGINS") ?? "").split(separator: ",").map(String.init)
            configuration.resurrectsVictims = flag("RESURRECTS_VICTIMS")
            configuration.stallsLoads = flag("STALL_LOADS")
            if let load = number("LOAD_MS") { configuration.loadTime = .milliseconds(load) }
            if let pace = number("TOKEN_PACE_MS") { configuration.profile.tokenPace = .milliseconds(pace) }
            if let count = number("TOKEN_COUNT") { configuration.profile.tokenCount = count }
            if let names = text("PULLABLE") { configuration.pullable = names.split(separator: ",").map(String.init) }
            if let models = text("MODELS") { configuration.models = Self.models(models) }
        }
    }

    /// A variable of Ollama, without the blanks and quotes around it that Ollama forgives.
    private func ollama(_ name: String) -> String? {
        let text = values["OLLAMA_" + name]?.trimmingCharacters(in: CharacterSet(charactersIn: " \t\"'"))
        return text?.isEmpty ?? true ? nil : text
    }

    private func positive(_ name: String) -> Int? {
        guard let number = ollama(name).flatMap({ Int($0) }), number > 0 else { return nil }
        return number
    }

    /// Names of presets or of any other models; `none` for no model.
    private static func models(_ names: String) -> [ModelDescription] {
        guard names != "none" else { return [] }
        return names.split(separator: ",").map { name in
            let wanted = ModelDescription(String(name))
            return ModelDescription.presets.first { $0.name == wanted.name } ?? wanted
        }
    }
}
