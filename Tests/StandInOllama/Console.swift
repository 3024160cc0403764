import Foundation

/// Standard error and the end of the process.
enum Console {
    static func write(_ text: String) {
        FileHandle.standardError.write(Data(text.utf8))
    }

    /// A line as Ollama's logger writes it.
    static func log(_ message: String) {
        let time = Date().ISO8601Format()
        write("time=\(time) level=INFO source=routes.go:2030 msg=\"\(message)\"\n")
    }

    /// Ends the process without closing anything: connections are cut, as those of a real one are.
    static func end(_ status: Int) -> Never {
        exit(Int32(truncatingIfNeeded: status))
    }
}
