import Application
import Domain
import Hummingbird

/// `GET /api/v1/system/model-profile`: the models and settings for this machine, and why they were chosen.
struct NativeProfileRoutes: Sendable {
    let profile: ModelProfileUseCase

    func addRoutes(to router: Router<ServiceContext>) {
        router.get("/api/v1/system/model-profile") { _, _ in
            var writer = JSONWriter()
            writer.object { self.write(to: &$0) }
            return Response(json: writer)
        }
    }

    private func write(to writer: inout JSONWriter) {
        let choice = self.profile.choice
        let known = choice.profile
        writer.nullable("profile", known?.name)
        writer.field("selection_method", choice.method.rawValue)
        writer.key("reasons")
        writer.array(choice.reasons) { $0.string($1) }
        writer.field("architecture", choice.machine.architecture)
        writer.field("detected_ram_gb", choice.detectedRAM.rounded(digits: 1))
        writer.field("effective_ram_gb", choice.effectiveRAM.rounded(digits: 1))
        writer.nullable("forced_profile", choice.wish.name)
        writer.nullable("forced_ram_gb", choice.wish.ramGB)
        writer.nullable("min_ram_gb", known?.match.minRAM)
        writer.nullable("max_ram_gb", known?.match.maxRAM)
        writer.nullable("default_text_model", known?.models[.text]?.name.spelling)
        writer.nullable("default_vlm_model", known?.models[.vision]?.name.spelling)
        writer.nullable("default_embedding_model", known?.models[.embedding]?.name.spelling)
        self.write("required_models", known?.required, to: &writer)
        self.write("warmup_models", known?.warmUp, to: &writer)
        writer.key("warm_up")
        writer.array(self.profile.warmUpProgress) { writer, progress in
            writer.object {
                $0.field("model", progress.model.spelling)
                $0.field("phase", progress.phase.rawValue)
                $0.field("completed", progress.completed)
                $0.field("total", progress.total)
                $0.field("message", progress.message)
            }
        }
        self.write("allowed_models", known?.allModels, to: &writer)
        writer.key("memory_hints")
        writer.object { writer in
            for hint in known?.memoryHints ?? [] { writer.field(hint.model.spelling, hint.gigabytes) }
        }
        self.writeSizes(to: &writer)
    }

    /// What the largest model takes: its weights, what comes on top when it runs, and what the machine keeps besides.
    private func writeSizes(to writer: inout JSONWriter) {
        let plan = self.profile.plan
        let largest = plan.costs.max { $0.weightBytes < $1.weightBytes }
        writer.nullable("largest_model_gb", largest.map { $0.weightBytes.inGigabytes })
        writer.nullable("inference_buffer_gb", largest.map { ($0.cacheBytes + $0.runnerBytes).inGigabytes })
        writer.field("service_overhead_gb", plan.memory.reserveBytes.inGigabytes)
    }

    private func write(_ key: String, _ models: [ModelName]?, to writer: inout JSONWriter) {
        writer.key(key)
        writer.array(models ?? []) { $0.string($1.spelling) }
    }
}

extension Double {
    fileprivate func rounded(digits: Int) -> Double {
        let factor = digits == 1 ? 10.0 : 100.0
        return (self * factor).rounded() / factor
    }
}

extension Int {
    /// Bytes in GB (10^9), with two digits after the point.
    fileprivate var inGigabytes: Double { (Double(self) / 1_000_000_000).rounded(digits: 2) }
}
