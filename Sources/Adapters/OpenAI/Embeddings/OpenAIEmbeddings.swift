import Application
import Domain

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What `POST /v1/embeddings` understood of a body.
struct OpenAIEmbeddingsReader {
    /// The request itself.
    let request: EmbeddingRequest
    /// Whether the caller wants vectors as Base64 of little-endian floats.
    let isBase64: Bool
    /// Fields that only label.
    let ignored: [String]

    /// Reads a body.
    ///
    /// Source: OpenAI's API reference.
    /// - Throws: ``ServiceError`` with every fault.
    static func read(_ body: JSONObject) throws -> OpenAIEmbeddingsReader {
        let faults = FaultList()
        let reader = FieldReader(body, faults: faults)
        let model = reader.requiredModel()
        var input: [String]?
        if case .array(let elements)? = reader.value("input"), elements.contains(where: { $0.string == nil }) {
            reader.unsupported("input", "Texts are expected; no engine takes tokens.")
        } else {
            input = reader.required("input", reader.strings("input", atMost: EmbeddingRequest.maximumInputs))
        }
        let encoding = reader.choice("encoding_format", as: Encoding.self)
        let dimensions = reader.integer("dimensions", in: 1...65_536)
        var options = GenerationOptions()
        options.truncate = reader.bool("truncate")
        options.keepAlive = reader.keepAlive()
        let ignored = reader.present(["user"])
        try faults.throwIfAny()
        return OpenAIEmbeddingsReader(
            request: try EmbeddingRequest(
                model: model,
                inputs: input ?? [],
                dimensions: dimensions,
                options: options
            ),
            isBase64: encoding == .base64,
            ignored: ignored
        )
    }

    private enum Encoding: String, CaseIterable {
        case float
        case base64
    }
}

/// The form of vectors.
///
/// Source: OpenAI's API reference.
struct OpenAIEmbeddingsForm: WholeForm {
    /// Whether vectors are told as Base64 of little-endian floats.
    let isBase64: Bool

    func body(_ result: GenerationResult, of exchange: Exchange<GenerationEvent>) -> [UInt8] {
        var writer = JSONWriter(capacity: result.embeddings.reduce(512) { $0 + $1.count })
        writer.object { writer in
            writer.field("object", "list")
            writer.key("data")
            writer.array(result.embeddings.enumerated()) { writer, vector in
                writer.object { writer in
                    writer.field("object", "embedding")
                    writer.field("index", vector.offset)
                    writer.key("embedding")
                    if self.isBase64 {
                        writer.string(OpenAIEmbeddingsForm.base64(vector.element))
                    } else {
                        writer.raw(vector.element)
                    }
                }
            }
            writer.field("model", exchange.model.spelling)
            writer.key("usage")
            writer.object {
                $0.field("prompt_tokens", result.summary.usage.promptTokens)
                $0.field("total_tokens", result.summary.usage.promptTokens)
            }
        }
        return writer.bytes
    }

    /// A JSON array of numbers as Base64 of little-endian 32-bit floats.
    static func base64(_ vector: [UInt8]) -> String {
        let numbers = (try? JSONParser.parse(vector))?.array ?? []
        var bytes: [UInt8] = []
        bytes.reserveCapacity(4 * numbers.count)
        for case .number(let number) in numbers {
            let bits = Float(number.double).bitPattern
            for shift in [0, 8, 16, 24] { bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(shift))) }
        }
        return Data(bytes).base64EncodedString()
    }
}
