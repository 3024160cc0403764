import Application
import Domain

extension SettingsReader {
    /// A list of texts, or one text that stands for a list of one.
    func read(_ key: String, into value: inout [String], atMost limit: Int) {
        self.note(key, .texts, SettingsReader.list(value))
        if let texts = self.texts(key, atMost: limit) { value = texts }
    }

    /// A list of texts, or nothing.
    func read(_ key: String, into value: inout [String]?, atMost limit: Int) {
        self.note(key, .texts, value.map(SettingsReader.list) ?? "null")
        if let texts = self.texts(key, atMost: limit) { value = texts }
    }

    /// A text that has no default.
    func read(_ key: String, into value: inout String?, standard: String) {
        self.note(key, .text, standard)
        if let text = self.text(key) { value = text }
    }

    /// A whole number, or nothing for no limit.
    func read(_ key: String, intoLimit value: inout Int?, in range: ClosedRange<Int>) {
        self.note(key, .number, value.map(String.init) ?? "null")
        if let integer = self.fields.integer(key, in: range) { value = integer }
    }

    /// A number; fractions are allowed.
    func read(_ key: String, into value: inout Double, in range: ClosedRange<Double>) {
        self.note(key, .number, Int(exactly: value).map(String.init) ?? String(value))
        if let number = self.fields.number(key, in: range) { value = number }
    }

    /// A number, or nothing; fractions are allowed.
    func read(_ key: String, into value: inout Double?, in range: ClosedRange<Double>) {
        self.note(key, .number, value.map { Int(exactly: $0).map(String.init) ?? String($0) } ?? "null")
        if let number = self.fields.number(key, in: range) { value = number }
    }

    /// A time in whole milliseconds.
    func read(_ key: String, intoMilliseconds value: inout Duration, in range: ClosedRange<Int>) {
        self.note(key, .number, String(Int(value.milliseconds)))
        if let milliseconds = self.fields.integer(key, in: range) { value = .milliseconds(milliseconds) }
    }

    /// How long a model stays loaded: a number of seconds, or a duration such as `5m`; negative is for ever.
    func read(_ key: String, into value: inout KeepAlive) {
        self.note(key, .number, SettingsReader.text(of: value))
        guard let given = self.fields.value(key) else { return }
        do {
            switch given {
            case .number(let number):
                guard let seconds = number.integer else {
                    return self.fields.fault(key, "A whole number of seconds or a duration such as '5m' is expected.")
                }
                value = .seconds(Double(seconds))
            case .string(let text): value = try KeepAlive(duration: text)
            default:
                self.fields.fault(key, "A number of seconds or a duration such as '5m' is expected, not \(given.kind).")
            }
        } catch {
            self.fields.faults.add(self.fields.pointer(to: key), error)
        }
    }

    private func texts(_ key: String, atMost limit: Int) -> [String]? {
        guard let texts = self.fields.strings(key, atMost: limit) else { return nil }
        guard texts.allSatisfy({ !$0.isEmpty }) else {
            self.fields.fault(key, "A text in the list is empty.")
            return nil
        }
        return texts
    }

    private static func text(of keepAlive: KeepAlive) -> String {
        switch keepAlive {
        case .seconds(let seconds): Int(exactly: seconds).map(String.init) ?? String(seconds)
        case .duration(let text): text
        }
    }

    /// A list as the file writes it.
    private static func list(_ texts: [String]) -> String {
        "[\(texts.map { "\"\($0)\"" }.joined(separator: ", "))]"
    }
}
