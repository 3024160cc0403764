import Logging

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Writes a record for people: `12:34:56.789Z WARNING  message  key=value key="two words"`.
struct TerminalLogLine: LogFields {
    private var bytes: [UInt8] = []
    private let colours: Bool

    static func render(
        time: Date,
        level: Logger.Level,
        message: String,
        content: some LogContent,
        colours: Bool
    ) -> [UInt8] {
        var line = TerminalLogLine(colours: colours)
        line.paint(.dim, String(LogTime.text(time).dropFirst(11)))
        line.put(" ")
        let name = level.rawValue.uppercased()
        line.paint(Paint(level), name)
        line.put(String(repeating: " ", count: max(1, 9 - name.count)))
        line.putSafely(message)
        content.write(to: &line)
        line.put("\n")
        return line.bytes
    }

    private init(colours: Bool) {
        self.colours = colours
        self.bytes.reserveCapacity(256)
    }

    // MARK: Fields

    mutating func field(_ key: String, _ value: String?) {
        guard let value else { return }
        self.open(key)
        let isWord = !value.isEmpty && value.utf8.allSatisfy { $0 > 0x20 && $0 != UInt8(ascii: "\"") && $0 != 0x7F }
        self.put(isWord ? "" : "\"")
        self.putSafely(value, isQuoted: !isWord)
        self.put(isWord ? "" : "\"")
    }

    mutating func field(_ key: String, _ value: Int?) {
        guard let value else { return }
        self.open(key)
        self.put(String(value))
    }

    mutating func field(_ key: String, _ value: Double?) {
        guard let value else { return }
        self.open(key)
        self.put(Int(exactly: value).map(String.init) ?? String(value))
    }

    mutating func field(_ key: String, _ value: Bool?) {
        guard let value else { return }
        self.open(key)
        self.put(value ? "true" : "false")
    }

    private mutating func open(_ key: String) {
        self.put(" ")
        var text = TerminalLogLine(colours: false)
        text.putSafely(key)
        self.paint(.dim, String(decoding: text.bytes, as: UTF8.self) + "=")
    }

    // MARK: Text

    private mutating func put(_ text: String) {
        self.bytes.append(contentsOf: text.utf8)
    }

    /// Writes a text that may be a caller's: control characters would drive the terminal or feign lines, so they are
    /// written as escapes.
    private mutating func putSafely(_ text: String, isQuoted: Bool = false) {
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0..<0x20, 0x7F..<0xA0, 0x2028, 0x2029, 0x202A...0x202E, 0x2066...0x2069:
                self.put("\\u{\(String(scalar.value, radix: 16))}")
            case 0x22 where isQuoted, 0x5C where isQuoted: self.put("\\\(scalar)")
            default: self.bytes.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
            }
        }
    }

    private mutating func paint(_ paint: Paint, _ text: String) {
        self.put(self.colours ? "\u{1B}[\(paint.rawValue)m\(text)\u{1B}[0m" : text)
    }

    /// The select-graphic-rendition codes in use (ECMA-48, 8.3.117).
    private enum Paint: String {
        case dim = "2"
        case red = "31"
        case yellow = "33"
        case green = "32"
        case blue = "34"

        init(_ level: Logger.Level) {
            switch level {
            case .trace, .debug: self = .dim
            case .info: self = .green
            case .notice: self = .blue
            case .warning: self = .yellow
            case .error, .critical: self = .red
            }
        }
    }
}
