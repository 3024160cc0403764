/// Text that others wrote, for a terminal.
enum Printable {
    /// The text without what moves a terminal's cursor or changes its colours.
    static func text(_ text: some StringProtocol) -> String {
        var safe = String.UnicodeScalarView()
        for scalar in text.unicodeScalars where scalar == "\t" || !scalar.properties.generalCategory.isControl {
            safe.append(scalar)
        }
        return String(safe)
    }

    /// Its lines.
    static func lines(_ text: String) -> [String] {
        text.split(whereSeparator: \.isNewline).map(self.text)
    }
}

extension Unicode.GeneralCategory {
    fileprivate var isControl: Bool { self == .control || self == .format || self == .lineSeparator }
}
