public import Domain

/// A plan for people and for programs.
public struct PlanReport: Sendable {
    private let plan: TuningPlan
    private let choice: ProfileChoice?

    /// Tells of a plan.
    ///
    /// `choice`: the profile that it goes by.
    public init(_ plan: TuningPlan, choice: ProfileChoice?) {
        self.plan = plan
        self.choice = choice
    }

    // MARK: Text

    /// The plan in lines.
    public var text: String {
        var lines = [self.machineLine]
        if let choice {
            lines.append("Profile: \(choice.profile.map { "\($0.name)" } ?? "none")")
            lines += choice.reasons.map { "  \($0)" }
        }
        lines.append(self.memoryLine)
        if !self.plan.costs.isEmpty { lines += ["", "What the models take:"] + Self.align(self.costRows) }
        lines += ["", "How the engine is started:"] + Self.align(self.settingRows)
        if !self.plan.warnings.isEmpty { lines += [""] + self.plan.warnings.map { "Note: \($0)" } }
        lines += ["", self.verdict]
        return lines.joined(separator: "\n") + "\n"
    }

    private var machineLine: String {
        let machine = self.plan.machine
        var text = "Machine: \(machine.architecture), \(machine.cores) core\(machine.cores == 1 ? "" : "s"), "
        text += "\(machine.memoryBytes.inGibibytes) of memory"
        if let limit = machine.memoryLimit { text += " (\(limit))" }
        if machine.isUnified { text += ", shared with its GPU" }
        for gpu in machine.gpus { text += ", \(gpu.name) with \(gpu.memoryBytes.inGibibytes)" }
        if let version = machine.ollamaVersion { text += ", Ollama \(version)" }
        return text
    }

    private var memoryLine: String {
        let memory = self.plan.memory
        let kept = memory.reserveBytes.inGibibytes
        let place =
            switch memory.place {
            case .gpu where memory.pools.count == 1: "in its GPU; \(kept) are left alone"
            case .gpu: "in \(memory.pools.count) GPUs; \(kept) of each are left alone"
            case .unified: "which macOS lets its GPU use"
            case .system: "of the machine; \(kept) are left alone"
            case .mixed: "in GPU and machine together"
            }
        return "Memory for models: \(memory.totalBytes.inGibibytes) \(place)"
    }

    private var costRows: [[String]] {
        let head = ["model", "weights", "cache", "runner", "together", "context", "at once", "figures of"]
        return [head]
            + self.plan.costs.map { cost in
                [
                    cost.model.name.spelling, cost.weightBytes.inGibibytes, cost.cacheBytes.inGibibytes,
                    cost.runnerBytes.inGibibytes, cost.totalBytes.inGibibytes, String(cost.context),
                    String(cost.parallel),
                    cost.model.source,
                ]
            }
    }

    private var settingRows: [[String]] {
        self.plan.settings.map { setting in
            [setting.variable.rawValue, setting.value ?? "(not set)", setting.reason]
        }
    }

    private var verdict: String {
        guard !self.plan.costs.isEmpty else { return "No model is known: nothing to fit." }
        let needed = "\(self.plan.neededBytes.inGibibytes) of \(self.plan.memory.totalBytes.inGibibytes)"
        let count = self.plan.maxLoadedModels
        let together = count == 1 ? "the largest model takes" : "the \(count) largest models together take"
        return self.plan.fits ? "It fits: \(together) \(needed)." : "It does not fit: \(together) \(needed)."
    }

    private static func align(_ rows: [[String]]) -> [String] {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            let cells = row.enumerated().map { index, cell in
                index == columns - 1 ? cell : cell + String(repeating: " ", count: widths[index] - cell.count)
            }
            return "  " + cells.joined(separator: "  ")
        }
    }

    // MARK: JSON

    /// The plan as an object.
    public func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.field("fits", self.plan.fits)
            writer.field("profile", self.choice?.profile?.name)
            writer.field("parallel", self.plan.parallel)
            writer.field("max_loaded_models", self.plan.maxLoadedModels)
            writer.field("context", self.plan.context)
            writer.field("kv_cache_type", self.plan.cacheType.rawValue)
            writer.field("needed_bytes", self.plan.neededBytes)
            writer.field("available_bytes", self.plan.memory.totalBytes)
            writer.field("memory", self.plan.memory.place.rawValue)
            writer.key("machine")
            writer.object { self.writeMachine(to: &$0) }
            writer.key("models")
            writer.array(self.plan.costs) { writer, cost in
                writer.object {
                    $0.field("name", cost.model.name.spelling)
                    $0.field("weight_bytes", cost.weightBytes)
                    $0.field("cache_bytes", cost.cacheBytes)
                    $0.field("runner_bytes", cost.runnerBytes)
                    $0.field("total_bytes", cost.totalBytes)
                    $0.field("context", cost.context)
                    $0.field("parallel", cost.parallel)
                    $0.field("source", cost.model.source)
                }
            }
            writer.key("variables")
            writer.array(self.plan.settings) { writer, setting in
                writer.object {
                    $0.field("name", setting.variable.rawValue)
                    $0.field("value", setting.value)
                    $0.field("reason", setting.reason)
                    $0.field("from_environment", setting.isUsers)
                }
            }
            writer.key("warnings")
            writer.array(self.plan.warnings) { $0.string($1) }
        }
    }

    private func writeMachine(to writer: inout JSONWriter) {
        let machine = self.plan.machine
        writer.field("architecture", machine.architecture)
        writer.field("cores", machine.cores)
        writer.field("memory_bytes", machine.memoryBytes)
        writer.field("memory_limit", machine.memoryLimit)
        writer.field("unified", machine.isUnified)
        writer.field("ollama_version", machine.ollamaVersion)
        writer.key("gpus")
        writer.array(machine.gpus) { writer, gpu in
            writer.object {
                $0.field("vendor", gpu.vendor.rawValue)
                $0.field("name", gpu.name)
                $0.field("memory_bytes", gpu.memoryBytes)
            }
        }
    }
}
