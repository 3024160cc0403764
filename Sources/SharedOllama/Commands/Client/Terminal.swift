#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// What a person sees.
enum Terminal {
    /// Whether standard output is a terminal.
    static var showsOutput: Bool { isatty(STDOUT_FILENO) == 1 }

    /// Whether standard error is a terminal, where progress is shown: standard output may go to a program.
    static var showsProgress: Bool { isatty(STDERR_FILENO) == 1 }

    /// The characters of a line of the terminal; 80 where there is none.
    static var width: Int { self.size(of: STDERR_FILENO).columns }

    /// The columns and lines of the terminal on standard output; 80 and 24 where there is none.
    static var screen: (columns: Int, lines: Int) { self.size(of: STDOUT_FILENO) }

    private static func size(of descriptor: Int32) -> (columns: Int, lines: Int) {
        var size = winsize()
        // The request's number is unsigned here and signed elsewhere.
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else { return (80, 24) }
        return (Int(size.ws_col), Int(size.ws_row))
    }

    /// Draws over what the terminal on standard output shows; what does not fit is cut off.
    static func draw(_ text: String) {
        let (columns, lines) = self.screen
        StandardOutput.write("\u{1B}[H" + Screen.fit(text, columns: columns, lines: lines) + "\u{1B}[J")
    }

    /// Writes over the line of progress.
    static func show(_ line: String) {
        StandardError.write("\r\u{1B}[2K\(line)")
    }

    /// Takes the line of progress away.
    static func clear() {
        StandardError.write("\r\u{1B}[2K")
    }
}

/// What a terminal has room for.
enum Screen {
    /// The lines of a text that fit, each of which wipes what stood there before; the last one does not move the screen.
    static func fit(_ text: String, columns: Int, lines: Int) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).prefix(max(1, lines)).map { line in
            line.count > columns ? line.prefix(max(0, columns - 1)) + "…" : String(line)
        }.joined(separator: "\u{1B}[K\n") + "\u{1B}[K"
    }
}

/// A bar that fills.
struct ProgressBar: Sendable {
    /// What is done, 0 to 1.
    let fraction: Double
    /// What stands behind the bar.
    let text: String

    /// Creates a bar; a fraction outside of 0 to 1 is the nearer end.
    init(done: Int, of total: Int, text: String) {
        self.fraction = total > 0 ? min(1, max(0, Double(done) / Double(total))) : 0
        self.text = text
    }

    /// The bar and its text in a line of so many characters; the text wins where both do not fit.
    func line(width: Int) -> String {
        let percent = "\(Int(self.fraction * 100))%"
        let label = String(repeating: " ", count: max(0, 4 - percent.count)) + percent + "  " + self.text
        let room = min(40, width - label.count - 5)
        guard room >= 8 else { return String(label.prefix(max(0, width - 1))) }
        let full = Int(self.fraction * Double(room))
        return "[\(String(repeating: "#", count: full))\(String(repeating: ".", count: room - full))] \(label)"
    }
}

/// Columns of text under their titles.
struct TextTable: Sendable {
    private var rows: [[String]]

    /// Starts with the titles of the columns.
    init(_ titles: [String]) {
        self.rows = [titles]
    }

    /// Adds a row; what it has too little is empty.
    mutating func add(_ row: [String]) {
        self.rows.append(row)
    }

    /// The lines; columns are two spaces apart, and no line ends in spaces.
    var text: String {
        let columns = self.rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in
            self.rows.map { $0.indices.contains(column) ? $0[column].count : 0 }.max() ?? 0
        }
        return self.rows.map { row in
            var line = ""
            for (column, cell) in row.enumerated() {
                line += cell + String(repeating: " ", count: widths[column] - cell.count + 2)
            }
            while line.hasSuffix(" ") { line.removeLast() }
            return line + "\n"
        }.joined()
    }
}

/// Times and amounts as a person reads them.
enum PlainWords {
    /// A time in its two largest units: `43 s`, `2 min 5 s`, `3 h 20 min`, `2 d 4 h`.
    static func duration(seconds: Double) -> String {
        let whole = max(0, Int(min(seconds, 1e9).rounded(.up)))
        let (days, hours, minutes) = (whole / 86_400, whole / 3600 % 24, whole / 60 % 60)
        if days > 0 { return "\(days) d \(hours) h" }
        if hours > 0 { return "\(hours) h \(minutes) min" }
        if minutes > 0 { return "\(minutes) min \(whole % 60) s" }
        return "\(whole) s"
    }

    /// How long something takes, with few digits: `2.5 ms`, `830 ms`, `2.4 s`, `3 min 5 s`.
    static func latency(milliseconds: Double) -> String {
        switch milliseconds {
        case ..<10: "\(self.number(milliseconds)) ms"
        case ..<1000: "\(Int(milliseconds.rounded())) ms"
        case ..<60_000: "\(self.number(milliseconds / 1000)) s"
        default: self.duration(seconds: milliseconds / 1000)
        }
    }

    /// A number with one digit behind the point, if it is not 0.
    static func number(_ value: Double) -> String {
        let tenths = (value * 10).rounded() / 10
        return Int(exactly: tenths).map(String.init) ?? String(tenths)
    }

    /// An amount of bytes with three digits: `512 B`, `1.5 kB`, `200 MB`.
    static func bytes(_ count: Int) -> String {
        var (value, units) = (Double(count), ["B", "kB", "MB", "GB", "TB"][...])
        while value >= 1000, units.count > 1 {
            value /= 1000
            units.removeFirst()
        }
        let number = value >= 100 ? String(Int(value.rounded())) : self.number(value)
        return "\(number) \(units.first ?? "B")"
    }
}
