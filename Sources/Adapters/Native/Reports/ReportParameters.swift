import Application
import Domain
import Hummingbird

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Reads what stands behind the `?` of a report's path.
struct ReportParameters {
    /// What a window may be, in minutes: above nothing and up to a year.
    static let longestWindow: Double = 525_600

    private let request: Request

    init(_ request: Request) {
        self.request = request
    }

    /// `window_minutes`, a number above 0, fractions allowed; or `since`, an instant; or neither.
    var window: ReportWindow {
        get throws {
            let since = try self.instant("since")
            guard let text = self.text("window_minutes") else { return since.map(ReportWindow.since) ?? .sinceStart }
            guard let minutes = Double(text), minutes > 0, minutes <= Self.longestWindow else {
                throw Self.fault(
                    "window_minutes",
                    "'\(text.prefix(32))' is not a number of minutes above 0 and up to \(Int(Self.longestWindow))."
                )
            }
            guard since == nil else {
                throw Self.fault("since", "Give 'since' or 'window_minutes', not both.")
            }
            return .last(.seconds(minutes * 60))
        }
    }

    /// `model`: of which model's requests is told; nil if it is absent.
    var model: ModelName? {
        get throws {
            guard let text = self.text("model") else { return nil }
            do {
                return try ModelName(text)
            } catch let error as ServiceError {
                throw Self.fault("model", error.message)
            }
        }
    }

    /// `project`: whose requests are told of.
    ///
    /// - Returns: nil for everybody's, which only an admin gets.
    func project(for context: ServiceContext) throws -> ProjectName? {
        guard let text = self.text("project") else { return context.scope }
        guard let name = try? ProjectName(text) else {
            throw Self.fault("project", "'\(text.prefix(64))' is not a name of a project.")
        }
        guard context.scope == nil || context.scope == name else {
            throw ServiceError(
                .forbidden,
                field: "/project",
                "Only an admin may see another project's requests."
            )
        }
        return name
    }

    /// An instant: RFC 3339, or a day (UTC) as `2026-01-31`; nil if it is absent.
    func instant(_ name: String) throws -> Date? {
        guard let text = self.text(name) else { return nil }
        let whole = text.utf8.count == 10 ? "\(text)T00:00:00Z" : text
        if let date = try? Date(whole, strategy: .iso8601) { return date }
        if let date = try? Date(whole, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true)) {
            return date
        }
        throw Self.fault(name, "'\(text.prefix(64))' is neither a day such as 2026-01-31 nor a time of RFC 3339.")
    }

    /// One word of several; nil if it is absent.
    func word<Word: RawRepresentable & CaseIterable>(_ name: String) throws -> Word? where Word.RawValue == String {
        guard let text = self.text(name) else { return nil }
        guard let word = Word(rawValue: text) else {
            let words = Word.allCases.map(\.rawValue).joined(separator: ", ")
            throw Self.fault(name, "'\(text.prefix(32))' is not one of \(words).")
        }
        return word
    }

    private func text(_ name: String) -> String? {
        self.request.uri.queryParameters.get(name)
    }

    private static func fault(_ name: String, _ message: String) -> ServiceError {
        ServiceError(.invalidRequest, field: "/\(name)", message)
    }
}
