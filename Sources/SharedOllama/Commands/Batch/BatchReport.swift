import Domain

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A batch as the service tells it.
struct BatchReport: Sendable {
    private let object: JSONObject

    init(_ value: JSONValue) {
        self.object = value.object ?? JSONObject()
    }

    var id: String { self.object["id"]?.string ?? "?" }
    var status: String { self.object["status"]?.string ?? "?" }
    var endpoint: String { self.object["endpoint"]?.string ?? "?" }
    var total: Int { self.count("total") }
    var failed: Int { self.count("failed") }
    var done: Int { self.count("completed") + self.failed }
    var outputFile: String? { self.object["output_file_id"]?.string }
    var errorFile: String? { self.object["error_file_id"]?.string }

    /// Whether nothing changes any more.
    var isOver: Bool { ["completed", "failed", "expired", "cancelled"].contains(self.status) }

    /// Whether it waits to be resumed.
    var isPaused: Bool { self.number("paused_at") != nil }

    /// How long it will probably still take, in words; nil where nobody knows.
    var timeLeft: String? {
        guard !self.isOver, let end = self.number("estimated_completion_at") else { return nil }
        return PlainWords.duration(seconds: end - Date.now.timeIntervalSince1970)
    }

    /// What is wrong with its file, one line each.
    var problems: [String] {
        let data = self.object["errors"]?.object?["data"]?.array ?? []
        return data.compactMap(\.object).map { problem in
            let line = problem["line"].flatMap { value in
                if case .number(let line) = value { line.integer } else { nil }
            }
            return (line.map { "line \($0): " } ?? "") + (problem["message"]?.string ?? "?")
        }
    }

    /// How it stands, in one line.
    var summary: String {
        var text = "\(self.id)  \(self.isPaused ? "\(self.status) (paused)" : self.status)"
        if self.total > 0 { text += "  \(self.progress)" }
        return text
    }

    /// `40 of 100 done, 2 failed, 3 min 20 s left`.
    var progress: String {
        var text = "\(self.done) of \(self.total) done"
        if self.failed > 0 { text += ", \(self.failed) failed" }
        if let left = self.timeLeft { text += ", \(left) left" }
        return text
    }

    /// The line of progress for a terminal of some width.
    func bar(width: Int) -> String {
        let text = self.status == "in_progress" && !self.isPaused ? self.progress : self.summary
        return ProgressBar(done: self.done, of: self.total, text: text).line(width: width)
    }

    // MARK: Parts

    private func count(_ key: String) -> Int {
        guard case .number(let number)? = self.object["request_counts"]?.object?[key] else { return 0 }
        return number.integer ?? 0
    }

    private func number(_ key: String) -> Double? {
        guard case .number(let number)? = self.object[key] else { return nil }
        return number.double
    }
}
