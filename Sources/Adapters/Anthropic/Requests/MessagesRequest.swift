import Domain

/// What was understood of a body of Anthropic's Messages API.
struct MessagesRequest: Sendable {
    /// The conversation.
    let chat: ChatRequest
    /// Whether the caller wants the answer piece by piece.
    let isStreamed: Bool
    /// Whether the caller wants to know that the model thought, but not what.
    let omitsThinking: Bool
    /// Fields that only tune or label, and for which there is no use here.
    let ignored: [String]
}

/// Collects the fields of a body for which there is no use, each once.
final class IgnoredFields {
    /// Their names, in the order in which they were found.
    private(set) var names: [String] = []

    /// Notes a field, if it is there.
    ///
    /// - Parameters:
    ///   - key: the field.
    ///   - reader: the object in which it may be.
    ///   - name: what to call it; nil is by its key.
    func note(_ key: String, in reader: FieldReader, as name: String? = nil) {
        let name = name ?? key
        if reader.value(key) != nil, !self.names.contains(name) { self.names.append(name) }
    }
}

extension FieldReader {
    /// Notes a field whose value asks for something that there is not here.
    func unsupportedValue(_ key: String, _ detail: String) {
        self.faults.add(self.pointer(to: key), ServiceError(.unsupportedField, detail))
    }
}
