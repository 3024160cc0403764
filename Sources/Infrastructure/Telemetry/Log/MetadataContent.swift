import Logging

/// The metadata of a record as fields: nested dictionaries become dotted names, lists become one text.
struct MetadataContent: LogContent {
    /// The names that every line has; metadata of that name gets a `_` behind it.
    private static let reserved: Set<String> = ["time", "level", "logger", "message"]

    /// The metadata of the logger, of its provider and of the record; of equal names the last one counts.
    let metadata: Logger.Metadata
    /// An error that came with the record.
    let error: (any Error)?

    init(handler: Logger.Metadata, provider: Logger.MetadataProvider?, event: LogEvent) {
        var metadata = handler
        if let provided = provider?.get(), !provided.isEmpty { metadata.merge(provided) { $1 } }
        if let own = event.metadata, !own.isEmpty { metadata.merge(own) { $1 } }
        self.metadata = metadata
        self.error = event.error
    }

    func write(to fields: inout some LogFields) {
        for (key, value) in self.metadata.sorted(by: { $0.key < $1.key }) {
            self.write(MetadataContent.reserved.contains(key) ? "\(key)_" : key, value, to: &fields)
        }
        if let error, self.metadata["error"] == nil { fields.field("error", String(describing: error)) }
    }

    private func write(_ key: String, _ value: Logger.Metadata.Value, to fields: inout some LogFields) {
        switch value {
        case .string(let text): fields.field(key, text)
        case .stringConvertible(let value): MetadataContent.write(key, value, to: &fields)
        case .array(let elements): fields.field(key, elements.map(\.description).joined(separator: ", "))
        case .dictionary(let members):
            for (name, value) in members.sorted(by: { $0.key < $1.key }) {
                self.write("\(key).\(name)", value, to: &fields)
            }
        }
    }

    /// Numbers stay numbers, so that what reads the log can calculate with them.
    private static func write(_ key: String, _ value: any CustomStringConvertible, to fields: inout some LogFields) {
        switch value {
        case let number as Int: fields.field(key, number)
        case let number as Double: fields.field(key, number)
        case let bool as Bool: fields.field(key, bool)
        default: fields.field(key, value.description)
        }
    }
}
