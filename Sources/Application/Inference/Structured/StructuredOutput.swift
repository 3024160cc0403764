import Domain

/// What the text of an answer has to be, where that can be checked: a JSON object, or JSON that follows a schema.
struct StructuredOutput: Sendable {
    /// The longest text that is checked, in bytes.
    static let maximumBytes = 8 * 1_048_576
    /// A longer text is checked elsewhere than on the event loop, which others wait for, in bytes.
    private static let quickBytes = 65536

    /// Nil where any object will do.
    private let schema: JSONSchema?

    /// Nil where the text is free.
    init?(_ format: ResponseFormat?) {
        switch format {
        case .json: self.schema = nil
        case .schema(let schema): self.schema = schema
        case .text, nil: return nil
        }
    }

    /// What is wrong with a text, which is the inside of a JSON string as engines' pieces are; none if it is valid.
    func faults(in text: JSONText) async -> [FieldFault] {
        text.escaped.count <= StructuredOutput.quickBytes ? self.check(text) : await self.checkElsewhere(text)
    }

    /// What is wrong with a text, found out here and now.
    func check(_ text: JSONText) -> [FieldFault] {
        guard text.escaped.count <= StructuredOutput.maximumBytes else { return [StructuredOutput.tooLong] }
        let value: JSONValue
        do {
            value = try JSONParser.parse(Array(text.decoded.utf8))
        } catch {
            let reason = (error as? JSONError)?.description ?? "It cannot be read."
            return [FieldFault(pointer: "", detail: "The answer is not JSON. \(reason)")]
        }
        if let schema { return schema.validate(value) }
        guard value.object == nil else { return [] }
        return [FieldFault(pointer: "", detail: "A JSON object is expected, not \(value.kind).")]
    }

    /// The fault of a text that is not even looked at.
    static let tooLong = FieldFault(
        pointer: "",
        detail: "The answer is longer than \(StructuredOutput.maximumBytes) bytes."
    )

    @concurrent
    private func checkElsewhere(_ text: JSONText) async -> [FieldFault] {
        self.check(text)
    }
}

extension GenerationSummary.Reason {
    /// Whether an answer that ended so can be held to what was asked for.
    ///
    /// One that was cut is cut by the caller's own limit, as its reason tells, and one that calls tools is no text.
    var isWhole: Bool { self != .length && self != .toolCalls }
}

extension ServiceError {
    /// The model's answer is not what was asked for.
    ///
    /// Nobody's fault but the model's: it says nothing about the engine.
    static func invalidOutput(_ faults: [FieldFault], afterRepair isRepaired: Bool) -> ServiceError {
        let fault = faults.first.map { " \($0.pointer.isEmpty ? "" : "\($0.pointer): ")\($0.detail)" } ?? ""
        let more = faults.count > 1 ? " (\(faults.count) faults in all)" : ""
        let repair = isRepaired ? ", also when it was asked to correct it" : ""
        return ServiceError(
            .invalidOutput,
            "The model's answer is not what the request asks for\(repair).\(fault.prefix(600))\(more)"
        )
    }
}
