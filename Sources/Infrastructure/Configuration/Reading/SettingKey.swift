/// One key of the settings.
struct SettingKey: Sendable, Equatable {
    /// How a text that comes from outside the file becomes a value.
    enum Kind: Sendable {
        /// As it is.
        case text
        /// A number if it looks like one; `auto` stays a text.
        case number
        /// `true` or `false`.
        case boolean
        /// A list of texts, separated by commas.
        case texts
        /// As it is: a path. The secret itself may come under the name without `_file`.
        case secretFile
    }

    /// The names from the root to the key; ``KeyList/index`` stands for a place in a list.
    let path: [String]
    /// How to read it from a text.
    let kind: Kind
    /// The default, as it is written in the file.
    let standard: String

    /// The key as it is written in documents and errors.
    var dotted: String { self.path.joined(separator: ".") }
}

/// The keys that a reader was asked for.
final class KeyList {
    /// Stands in a path for any place in a list.
    static let index = "N"

    /// The keys, in the order in which they are read.
    private(set) var all: [SettingKey] = []

    /// Notes a key.
    func add(_ key: SettingKey) {
        self.all.append(key)
    }
}
