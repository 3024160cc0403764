/// A text that must not be printed: its description hides it.
public struct Secret: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The text, for the one place that sends it.
    public let revealed: String

    /// Wraps a text.
    public init(_ text: String) {
        self.revealed = text
    }

    /// Three dots.
    public var description: String { "…" }

    /// Three dots.
    public var debugDescription: String { "…" }

    /// No children, so that `dump` and string interpolation of an owner hide the text as well.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
