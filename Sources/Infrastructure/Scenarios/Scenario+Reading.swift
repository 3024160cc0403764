import Application
import Domain

extension Scenario {
    /// Reads all sections; what is wrong is noted in the reader's faults.
    mutating func read(_ reader: SettingsReader) {
        self.engines = reader.list("engines") { Engines(reading: $0) } ?? []
        self.models = reader.list("models") { Model(reading: $0) } ?? []
        self.projects = reader.list("projects") { Project(reading: $0) } ?? []
        reader.read("seconds", into: &self.seconds, in: 1...31_536_000)
        reader.read("seed", into: &self.seed, in: 0...Int.max)
        reader.section("scheduler") { self.settings.readScheduler($0) }
        reader.section("queues") { section in
            section.section("chat") { self.settings.chat.read($0) }
        }
        let isSound = reader.fields.faults.all.isEmpty
        for (key, isEmpty) in [
            ("engines", self.engines.isEmpty), ("models", self.models.isEmpty), ("projects", self.projects.isEmpty),
        ] where isEmpty && isSound {
            reader.fields.fault(key, "There must be at least one.")
        }
        self.checkNames(reader)
    }

    private mutating func checkNames(_ reader: SettingsReader) {
        let known = Set(self.models.map(\.name))
        for (index, project) in self.projects.enumerated() {
            if project.models.isEmpty { self.projects[index].models = self.models.map(\.name) }
            for model in project.models where !known.contains(model) {
                reader.fields.fault("projects", "There is no model '\(model)' for '\(project.share.name)'.")
            }
        }
        if Set(self.projects.map(\.share.name)).count < self.projects.count {
            reader.fields.fault("projects", "Two projects have the same name.")
        }
        if Set(self.engines.map(\.name)).count < self.engines.count {
            reader.fields.fault("engines", "Two engines have the same name.")
        }
        if known.count < self.models.count { reader.fields.fault("models", "Two models have the same name.") }
        let count = self.engines.reduce(0) { $0 + $1.count }
        if count > 10_000 { reader.fields.fault("engines", "There are \(count) engines where 10000 are allowed.") }
    }
}

extension Scenario.Engines {
    fileprivate init?(reading reader: SettingsReader) {
        var name: String?
        reader.read("name", into: &name)
        var engines = Self(name: name ?? "")
        reader.read("count", into: &engines.count, in: 1...10_000)
        reader.read("parallel", into: &engines.capacity.parallel, in: 1...1024)
        reader.read("max_loaded_models", into: &engines.capacity.maxLoadedModels, in: 1...1024)
        reader.read("total", into: &engines.capacity.total, in: 1...100_000)
        reader.read("weight", into: &engines.capacity.weight, in: 0.001...1000)
        reader.read("speed", into: &engines.speed, in: 0.001...1000)
        guard reader.fields.required("name", name) != nil else { return nil }
        self = engines
    }
}

extension Scenario.Model {
    fileprivate init?(reading reader: SettingsReader) {
        var name: ModelName?
        reader.read("name", into: &name)
        guard let standard = try? ModelName("model") else { return nil }
        var model = Self(name: name ?? standard)
        reader.read("load_s", into: &model.loadSeconds, in: 0...86_400)
        reader.read("unload_s", into: &model.unloadSeconds, in: 0...3600)
        reader.read("prompt_tps", into: &model.promptTokensPerSecond, in: 0.001...10_000_000)
        reader.read("tps", into: &model.tokensPerSecond, in: 0.001...10_000_000)
        guard reader.fields.required("name", name) != nil else { return nil }
        self = model
    }
}

extension Scenario.Project {
    fileprivate init?(reading reader: SettingsReader) {
        var name: String?
        var weight = 1.0
        var concurrency: Int?
        reader.read("name", into: &name)
        reader.read("weight", into: &weight, in: 0.001...1_000_000)
        reader.read("concurrency", into: &concurrency, in: 1...100_000)
        var requestClass = RequestClass.normal
        reader.read("class", into: &requestClass)
        let arrivals = Scenario.Arrivals(reading: reader)
        let prompt = reader.tokens("prompt_tokens")
        let output = reader.tokens("output_tokens")
        let models = reader.modelNames("models")
        guard let name = reader.fields.required("name", name) else { return nil }
        guard let project = try? ProjectName(name) else {
            reader.fields.fault("name", "A name is 1 to 64 characters of letters, digits, '.', '_' and '-'.")
            return nil
        }
        self.init(share: ProjectShare(name: project, weight: weight, concurrency: concurrency), models: models)
        self.requestClass = requestClass
        if let arrivals { self.arrivals = arrivals }
        if let prompt { self.promptTokens = prompt }
        if let output { self.outputTokens = output }
    }
}

extension Scenario.Arrivals {
    /// Reads a number a second, or one of `per_second`, `burst` with `at_seconds`, and `callers`.
    fileprivate init?(reading reader: SettingsReader) {
        if case .number = reader.fields.value("arrivals") {
            guard let rate = reader.fields.number("arrivals", in: 0.000_001...100_000) else { return nil }
            self = .random(perSecond: rate)
            return
        }
        let arrivals: Scenario.Arrivals? = reader.fields.object("arrivals") { fields in
            let rate = fields.number("per_second", in: 0.000_001...100_000)
            let burst = fields.integer("burst", in: 1...1_000_000)
            let second = fields.number("at_seconds", in: 0...31_536_000)
            let callers = fields.integer("callers", in: 1...100_000)
            fields.refuseUnknownFields()
            switch (rate, burst, callers) {
            case (let rate?, nil, nil): return .random(perSecond: rate)
            case (nil, let burst?, nil): return .burst(burst, atSecond: second ?? 0)
            case (nil, nil, let callers?): return .callers(callers)
            default:
                reader.fields.fault("arrivals", "One of per_second, burst and callers is expected.")
                return nil
            }
        }
        guard let arrivals else { return nil }
        self = arrivals
    }
}

extension SchedulerSettings {
    fileprivate mutating func readScheduler(_ reader: SettingsReader) {
        reader.read("patience_seconds", into: &self.patience, in: 0...86_400)
        reader.read("ageing_seconds", into: &self.ageing, in: 0.001...31_536_000)
        reader.read("min_share", into: &self.batchShare, in: 0...0.99)
    }
}

extension SchedulerSettings.Queue {
    fileprivate mutating func read(_ reader: SettingsReader) {
        reader.read("max_concurrent", into: &self.maxConcurrent, in: 1...100_000)
        reader.read("max_queue_size", into: &self.maxQueueSize, in: 0...1_000_000)
        reader.read("timeout_seconds", into: &self.timeout)
    }
}

extension SettingsReader {
    /// So many tokens, or `min` to `max` of them.
    fileprivate func tokens(_ key: String) -> ClosedRange<Int>? {
        let bounds = 0...10_000_000
        if case .number = self.fields.value(key) { return self.fields.integer(key, in: bounds).map { $0...$0 } }
        return self.fields.object(key) { fields in
            let least = fields.required("min", fields.integer("min", in: bounds))
            let most = fields.required("max", fields.integer("max", in: bounds))
            fields.refuseUnknownFields()
            guard let least, let most else { return nil }
            guard least <= most else {
                self.fields.fault(key, "min is more than max.")
                return nil
            }
            return least...most
        }
    }

    fileprivate func modelNames(_ key: String) -> [ModelName] {
        (self.fields.strings(key, atMost: 1000) ?? []).compactMap { text in
            do {
                return try ModelName(text)
            } catch {
                self.fields.faults.add(self.fields.pointer(to: key), error)
                return nil
            }
        }
    }
}
