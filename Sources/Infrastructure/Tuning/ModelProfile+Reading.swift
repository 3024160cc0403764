import Application
import Domain

extension ModelProfile {
    /// Reads one profile; what is wrong with it is noted.
    init?(reading reader: SettingsReader) {
        guard let name = reader.fields.requiredString("name") else { return nil }
        guard (1...64).contains(name.utf8.count), name.utf8.allSatisfy({ $0.isWordByte }) else {
            reader.fields.fault("name", "A profile's name is 1 to 64 letters, digits, '.', '_' and '-'.")
            return nil
        }
        self.init(name: name)
        reader.section("match") { self.match.read($0) }
        reader.section("models") { section in
            var names: [ModelRole: ModelName] = [:]
            for role in ModelRole.allCases {
                var name: ModelName?
                section.read(role.rawValue, into: &name)
                names[role] = name
            }
            self.models = ModelDefaults(names)
        }
        self.required = reader.models("required")
        self.warmUp = reader.models("warm_up")
        self.memoryHints = reader.list("memory_hints") { MemoryHint(reading: $0) } ?? []
        reader.section("defaults") { self.wishes.read($0) }
    }
}

extension ModelProfile.Match {
    fileprivate mutating func read(_ reader: SettingsReader) {
        reader.read("architectures", into: &self.architectures, atMost: 16)
        // The two names of one instruction set.
        self.architectures = self.architectures.map { ["aarch64": "arm64", "amd64": "x86_64"][$0] ?? $0 }
        reader.read("min_ram_gb", into: &self.minRAM, in: 0...100_000)
        reader.read("max_ram_gb", into: &self.maxRAM, in: 0.5...100_000)
        reader.read("min_gpu_gb", into: &self.minGPU, in: 0...100_000)
        if let maxRAM = self.maxRAM, maxRAM < self.minRAM {
            reader.fields.fault("max_ram_gb", "It is less than min_ram_gb.")
        }
    }
}

extension ModelProfile.MemoryHint {
    fileprivate init?(reading reader: SettingsReader) {
        var model: ModelName?
        reader.read("model", into: &model)
        var gigabytes = 0.0
        reader.read("gb", into: &gigabytes, in: 0.001...100_000)
        let layers = reader.fields.integer("layers", in: 1...4096)
        let heads = reader.fields.integer("kv_heads", in: 1...4096)
        let length = reader.fields.integer("head_length", in: 1...65_536)
        let context = reader.fields.integer("context", in: 1...1_000_000_000)
        guard let model = reader.fields.required("model", model) else { return nil }
        guard gigabytes > 0 else {
            _ = reader.fields.required("gb", Double?.none)
            return nil
        }
        var shape: ModelFootprint.Shape?
        switch (layers, heads, length) {
        case (let layers?, let heads?, let length?):
            shape = ModelFootprint.Shape(layers: layers, keyValueHeadsPerLayer: heads, headLength: length)
        case (nil, nil, nil): break
        default: reader.fields.fault("layers", "layers, kv_heads and head_length belong together.")
        }
        self.init(model: model, gigabytes: gigabytes, shape: shape, trainedContext: context)
    }
}

extension ModelProfile.Wishes {
    fileprivate mutating func read(_ reader: SettingsReader) {
        reader.read("context", intoLimit: &self.context, in: 1...1_000_000_000)
        reader.read("parallel", intoLimit: &self.parallel, in: 1...1024)
        reader.read("max_loaded_models", intoLimit: &self.maxLoadedModels, in: 1...1024)
        self.cacheType = reader.fields.choice("kv_cache_type", as: KVCacheType.self)
        guard reader.fields.isPresent("keep_alive") else { return }
        var keepAlive = KeepAlive.seconds(0)
        reader.read("keep_alive", into: &keepAlive)
        self.keepAlive = keepAlive
    }
}

extension SettingsReader {
    /// A list of models' names.
    fileprivate func models(_ key: String) -> [ModelName] {
        var texts: [String] = []
        self.read(key, into: &texts, atMost: 256)
        return texts.compactMap { text in
            do {
                return try ModelName(text)
            } catch {
                self.fields.faults.add(self.fields.pointer(to: key), error)
                return nil
            }
        }
    }
}

extension UInt8 {
    /// A letter, a digit, `.`, `_` or `-`.
    fileprivate var isWordByte: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
