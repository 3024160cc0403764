/// The name of a durable batch: `batch_` and what the service's source of ids made.
public struct BatchID: Sendable, Hashable, CustomStringConvertible {
    private static let prefix = "batch_"

    /// The id as callers see it.
    public let description: String

    /// Makes an id of what an id generator gave.
    public init(generated id: String) {
        self.description = BatchID.prefix + id
    }

    /// Takes an id that a caller or the store names; nil for what cannot be one.
    public init?(_ text: String) {
        guard text.hasPrefix(BatchID.prefix), IDText.isValid(text) else { return nil }
        self.description = text
    }
}

/// The name of a file: `file-` and what the service's source of ids made.
public struct FileID: Sendable, Hashable, CustomStringConvertible {
    private static let prefix = "file-"

    /// The id as callers see it.
    public let description: String

    /// Makes an id of what an id generator gave.
    public init(generated id: String) {
        self.description = FileID.prefix + id
    }

    /// Takes an id that a caller or the store names; nil for what cannot be one.
    public init?(_ text: String) {
        guard text.hasPrefix(FileID.prefix), IDText.isValid(text) else { return nil }
        self.description = text
    }
}

/// What the ids of batches and files are made of.
private enum IDText {
    static func isValid(_ text: String) -> Bool {
        text.utf8.count <= 64
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}
