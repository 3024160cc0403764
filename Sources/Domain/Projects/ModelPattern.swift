/// One entry of a project's list of models: a name, or a name with `*` for any number of characters.
///
/// It is compared with canonical names; a name without `*` is made canonical itself.
public struct ModelPattern: Sendable, Equatable, CustomStringConvertible {
    /// The pattern in canonical form.
    public let description: String

    /// Checks a pattern.
    ///
    /// - Throws: ``ServiceError`` `invalid_model` if it is empty, longer than 600 bytes, or neither a name nor one with
    ///   `*` in it.
    public init(_ text: String) throws {
        guard text.contains("*") else {
            self.description = try ModelName(text).canonical
            return
        }
        // With letters in the place of each '*' it has to look like a name.
        _ = try ModelName(text.replacing("*", with: "a"))
        self.description = text.lowercased()
    }

    /// Whether a model's canonical name is one of those that the pattern means.
    public func matches(_ name: ModelName) -> Bool {
        ModelPattern.matches(Array(name.canonical.utf8), Array(self.description.utf8))
    }

    /// Greedy matching that goes back to the last star: its cost is at most the product of both lengths.
    private static func matches(_ text: [UInt8], _ pattern: [UInt8]) -> Bool {
        var (at, place) = (0, 0)
        var star: (place: Int, at: Int)?
        while at < text.count {
            if place < pattern.count, pattern[place] == UInt8(ascii: "*") {
                star = (place, at)
                place += 1
            } else if place < pattern.count, pattern[place] == text[at] {
                (at, place) = (at + 1, place + 1)
            } else if let last = star {
                star = (last.place, last.at + 1)
                (at, place) = (last.at + 1, last.place + 1)
            } else {
                return false
            }
        }
        return pattern[place...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}

extension Project {
    /// Whether the project may use a model; an entry of ``models`` that is no pattern means none.
    public func mayUse(_ model: ModelName) -> Bool {
        self.models.contains { entry in entry == "*" || ((try? ModelPattern(entry))?.matches(model) ?? false) }
    }
}
