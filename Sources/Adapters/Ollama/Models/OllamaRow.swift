import Application
import Domain

/// Models in Ollama's shape, of engines that have no such rows of their own: with what is known of them.
enum OllamaRow {
    /// The command line cuts twelve characters from every digest; this is none that a model could have.
    private static let noDigest = String(repeating: "0", count: 64)
    /// These engines never unload a model: a time that is further away than Ollama's own "for ever".
    private static let forEver = "2319-01-01T00:00:00Z"

    /// Writes a row of a list: the engine's own bytes where there are such.
    static func write(_ row: ModelRow, in list: ModelList, to writer: inout JSONWriter) {
        switch row.content {
        case .written(let json): writer.raw(json)
        case .known(let model, let loaded):
            writer.object { OllamaRow.write(model, loaded, in: list, to: &$0) }
        }
    }

    /// The answer of `/api/show`.
    static func description(of model: ModelInfo, loaded: LoadedModel?) -> JSONWriter {
        var writer = JSONWriter()
        writer.object { writer in
            writer.field("modelfile", "")
            writer.field("parameters", "")
            writer.field("template", "")
            OllamaRow.writeDetails(of: model, to: &writer)
            writer.key("model_info")
            writer.object { writer in
                guard let family = model.family else { return }
                writer.field("general.architecture", family)
                writer.field("\(family).context_length", loaded?.context)
            }
            writer.field("context_length", loaded?.context)
            OllamaRow.writeCapabilities(of: model, to: &writer)
            writer.field("modified_at", model.modifiedAt)
        }
        return writer
    }

    private static func write(
        _ model: ModelInfo,
        _ loaded: LoadedModel?,
        in list: ModelList,
        to writer: inout JSONWriter
    ) {
        writer.field("name", model.name.spelling)
        writer.field("model", model.name.spelling)
        if list == .installed { writer.field("modified_at", model.modifiedAt) }
        writer.field("size", model.size ?? 0)
        writer.field("digest", model.digest ?? OllamaRow.noDigest)
        OllamaRow.writeDetails(of: model, to: &writer)
        switch list {
        case .installed: OllamaRow.writeCapabilities(of: model, to: &writer)
        case .loaded:
            writer.field("expires_at", OllamaRow.forEver)
            writer.field("size_vram", 0)
            writer.field("context_length", loaded?.context)
        }
    }

    /// Every client expects all of these; empty is Ollama's own word for what is not known.
    private static func writeDetails(of model: ModelInfo, to writer: inout JSONWriter) {
        writer.key("details")
        writer.object { writer in
            writer.field("parent_model", "")
            writer.field("format", "")
            writer.field("family", model.family ?? "")
            writer.key("families")
            writer.array(model.family.map { [$0] } ?? []) { $0.string($1) }
            writer.field("parameter_size", "")
            writer.field("quantization_level", "")
        }
    }

    private static func writeCapabilities(of model: ModelInfo, to writer: inout JSONWriter) {
        writer.key("capabilities")
        writer.array(model.capabilities) { $0.string($1.rawValue) }
    }
}
