import Domain

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// How fast a service answered in a span of time: what `report` prints, saves and compares.
struct ReportFigures: Sendable, Equatable {
    /// The figures of one model, or of all requests.
    struct Group: Sendable, Equatable {
        /// The model; nil is all of them.
        var model: String?
        /// The values by the keys of ``ReportFigures/kinds``; what is not known is absent.
        var values: [String: Double] = [:]
    }

    /// One figure: how it is called, told and judged.
    struct Kind: Sendable {
        /// How a better value lies.
        enum Better: Sendable { case lower, higher, neither }

        let key: String
        let title: String
        let unit: String
        let better: Better
    }

    /// All figures, in the order in which they are told.
    static let kinds: [Kind] = [
        Kind(key: "requests", title: "requests", unit: "", better: .neither),
        Kind(key: "success_rate", title: "success", unit: "%", better: .higher),
        Kind(key: "p50_latency_ms", title: "latency p50", unit: "ms", better: .lower),
        Kind(key: "p95_latency_ms", title: "latency p95", unit: "ms", better: .lower),
        Kind(key: "p99_latency_ms", title: "latency p99", unit: "ms", better: .lower),
        Kind(key: "generation_ms", title: "generation", unit: "ms", better: .lower),
        Kind(key: "load_ms", title: "model load", unit: "ms", better: .lower),
        Kind(key: "tokens_per_second", title: "tokens/s", unit: "", better: .higher),
        Kind(key: "warm_rate", title: "warm starts", unit: "%", better: .higher),
    ]

    /// The version of the service that answered.
    var version: String
    /// When the figures were taken, and the first instant that counts: RFC 3339.
    var (until, since): (String, String)
    /// All requests first, then each model.
    var groups: [Group]

    /// Puts figures together.
    init(version: String, since: String, until: String, groups: [Group]) {
        self.version = version
        self.until = until
        self.since = since
        self.groups = groups
    }

    // MARK: As a file

    /// Reads what ``json`` wrote.
    ///
    /// - Throws: ``ClientFailure`` for what is no report.
    init(_ value: JSONValue, path: String) throws(ClientFailure) {
        guard value["kind"]?.string == Self.kind, let groups = value["groups"]?.array else {
            throw .usage("\(path) is no report: 'shared-ollama report --save FILE' makes one.")
        }
        self.init(
            version: value["service_version"]?.string ?? "?",
            since: value["since"]?.string ?? "?",
            until: value["until"]?.string ?? "?",
            groups: groups.map { group in
                var values: [String: Double] = [:]
                for kind in Self.kinds { values[kind.key] = group[kind.key]?.double }
                return Group(model: group["model"]?.string, values: values)
            }
        )
    }

    /// What says that a file is a report.
    private static let kind = "shared-ollama-report"

    /// The report as one JSON object.
    var json: String {
        var writer = JSONWriter()
        writer.object { writer in
            writer.field("kind", Self.kind)
            self.write(to: &writer)
        }
        return String(decoding: writer.bytes, as: UTF8.self) + "\n"
    }

    /// The members of the object.
    func write(to writer: inout JSONWriter) {
        writer.field("service_version", self.version)
        writer.field("since", self.since)
        writer.field("until", self.until)
        writer.key("groups")
        writer.array(self.groups) { writer, group in
            writer.object { writer in
                writer.nullable("model", group.model)
                for kind in Self.kinds { writer.field(kind.key, group.values[kind.key]) }
            }
        }
    }

    // MARK: As text

    /// The figures in columns, a line for each model.
    var text: String {
        var table = TextTable(["MODEL"] + Self.kinds.map { $0.title.uppercased() })
        for group in self.groups {
            table.add([group.model ?? "all"] + Self.kinds.map { Self.cell($0, group.values[$0.key]) })
        }
        return "\(self.headline)\n\n\(table.text)"
    }

    /// `shared-ollama 0.1.0, 2026-01-31T10:00:00Z to 2026-01-31T11:00:00Z`.
    var headline: String { "shared-ollama \(self.version), \(self.since) to \(self.until)" }

    /// A value with its unit.
    static func cell(_ kind: Kind, _ value: Double?) -> String {
        guard let value else { return "-" }
        switch kind.unit {
        case "ms": return PlainWords.latency(milliseconds: value)
        case "%": return "\(PlainWords.number(value * 100)) %"
        default: return PlainWords.number(value)
        }
    }
}

/// Two reports beside each other.
struct ReportComparison: Sendable {
    let before: ReportFigures
    let after: ReportFigures

    /// What less of a change is called the same: two runs on one machine differ by as much.
    private static let noise = 0.05

    /// How a figure has changed.
    enum Change: Sendable, Equatable {
        case same
        case better
        case worse
        /// Changed, and neither is good.
        case other
    }

    /// How much a value has changed, as a part of what it was, and whether that is good; nil where nothing can be said.
    static func change(_ kind: ReportFigures.Kind, _ before: Double?, _ after: Double?) -> (part: Double, Change)? {
        guard let before, let after, before > 0 else { return nil }
        let part = after / before - 1
        guard abs(part) >= self.noise else { return (part, .same) }
        switch kind.better {
        case .neither: return (part, .other)
        case .lower: return (part, part < 0 ? .better : .worse)
        case .higher: return (part, part > 0 ? .better : .worse)
        }
    }

    /// The models of both, all requests first.
    private var models: [String?] {
        let known = self.after.groups.map(\.model)
        return known + self.before.groups.map(\.model).filter { !known.contains($0) }
    }

    private static func values(_ figures: ReportFigures, _ model: String?) -> [String: Double] {
        figures.groups.first { $0.model == model }?.values ?? [:]
    }

    /// A table for each model: what was, what is, and the change.
    var text: String {
        var text = "before: \(self.before.headline)\nafter:  \(self.after.headline)\n"
        for model in self.models {
            let (old, new) = (Self.values(self.before, model), Self.values(self.after, model))
            var table = TextTable([model ?? "all", "BEFORE", "AFTER", "CHANGE"])
            for kind in ReportFigures.kinds where old[kind.key] != nil || new[kind.key] != nil {
                table.add([
                    kind.title, ReportFigures.cell(kind, old[kind.key]), ReportFigures.cell(kind, new[kind.key]),
                    Self.words(Self.change(kind, old[kind.key], new[kind.key])),
                ])
            }
            text += "\n\(table.text)"
        }
        return text
    }

    private static func words(_ change: (part: Double, change: Change)?) -> String {
        guard let change else { return "-" }
        let percent = Int((change.part * 100).rounded())
        let number = percent > 0 ? "+\(percent) %" : "\(percent) %"
        switch change.change {
        case .same, .other: return number
        case .better: return "\(number) better"
        case .worse: return "\(number) worse"
        }
    }

    /// Both as one JSON object.
    var json: String {
        var writer = JSONWriter()
        writer.object { writer in
            for (key, figures) in [("before", self.before), ("after", self.after)] {
                writer.key(key)
                writer.object { figures.write(to: &$0) }
            }
            writer.key("changes")
            writer.array(self.models) { writer, model in
                writer.object { writer in
                    writer.nullable("model", model)
                    let (old, new) = (Self.values(self.before, model), Self.values(self.after, model))
                    for kind in ReportFigures.kinds {
                        let change = Self.change(kind, old[kind.key], new[kind.key])
                        writer.field(kind.key, change.map { ($0.part * 10_000).rounded() / 10_000 })
                    }
                }
            }
        }
        return String(decoding: writer.bytes, as: UTF8.self) + "\n"
    }
}
