import Application
import Domain

extension ServiceConfiguration {
    /// Reads the list of engines, if there is one.
    mutating func readEngines(_ reader: SettingsReader, secrets: SecretSource) {
        var names: [EngineName] = []
        let engines = reader.list("engines") { reader in
            Engine(reader, isFirst: ["", "/engines/0"].contains(reader.fields.pointer), secrets: secrets)
        }
        guard let engines else { return }
        self.engineOrigin = .explicit
        if reader.fields.value("engines") == .array([]) {
            reader.fields.fault("engines", "The list is empty; leave it out for the Ollama of this machine.")
        }
        for engine in engines {
            if names.contains(engine.name) {
                reader.fields.fault("engines", "Two engines are called '\(engine.name)'.")
            }
            names.append(engine.name)
        }
        self.engines = engines
    }
}

extension ServiceConfiguration.Engine {
    /// The Ollama of this machine.
    static var local: Self {
        let url = "http://127.0.0.1:11434"
        guard let engine = try? Self(name: "local", url: url) else { preconditionFailure("\(url) is a URL") }
        return engine
    }

    /// Reads one engine; nil, with a fault, if it has no name or no URL that can be used.
    fileprivate init?(_ reader: SettingsReader, isFirst: Bool, secrets: SecretSource) {
        let standard = Self.local
        var name = isFirst ? standard.name.description : nil
        var kind = standard.kind
        var url: String? = standard.url
        var parallel = standard.parallel
        var maxLoadedModels = standard.maxLoadedModels
        var weight = standard.weight
        var caFile = standard.caFile
        reader.read("name", into: &name)
        reader.read("kind", into: &kind)
        reader.read("url", into: &url)
        reader.read("parallel", into: &parallel, in: 1...1024)
        reader.read("max_loaded_models", into: &maxLoadedModels, in: 1...1024)
        reader.read("weight", into: &weight, in: 0.01...1000)
        let keyFile = reader.secretFile("api_key_file")
        reader.read("ca_file", into: &caFile)

        let apiKey = secrets.secret(at: "api_key_file", path: keyFile, reader.fields)
        if let caFile { secrets.check(caFile, at: "ca_file", reader.fields) }
        guard reader.fields.required("url", reader.fields.value("url")) != nil,
            isFirst || reader.fields.required("name", reader.fields.value("name")) != nil,
            let name, Self.isName(name, reader.fields),
            let url, let address = Self.address(url, reader.fields)
        else { return nil }
        self.init(
            name: EngineName(name),
            kind: kind,
            url: url,
            address: address,
            parallel: parallel,
            maxLoadedModels: maxLoadedModels,
            weight: weight,
            apiKey: apiKey,
            caFile: caFile
        )
    }

    private static func isName(_ name: String, _ fields: FieldReader) -> Bool {
        let isValid = (1...64).contains(name.utf8.count) && name.utf8.allSatisfy(Self.allows)
        if !isValid { fields.fault("name", "A name is 1 to 64 characters of letters, digits, '.', '_' and '-'.") }
        return isValid
    }

    private static func allows(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }

    private static func address(_ url: String, _ fields: FieldReader) -> EngineAddress? {
        do {
            return try EngineAddress(checked: url)
        } catch {
            fields.faults.add(fields.pointer(to: "url"), error)
            return nil
        }
    }
}

extension EngineAddress {
    /// Reads a URL; what may hold a password is not repeated in the error.
    init(checked url: String) throws {
        guard !url.contains("@") else {
            throw ServiceError(.invalidRequest, "An engine's URL must not hold a user or a password; use api_key_file.")
        }
        guard !url.contains("?"), !url.contains("#") else {
            throw ServiceError(.invalidRequest, "An engine's URL ends with its path: no '?' and no '#'.")
        }
        try self.init(url: url)
    }
}
