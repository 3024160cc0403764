import Domain

/// A model, and where it is in memory.
struct ModelRow: Sendable, Equatable {
    let name: String
    /// Of its files, in bytes.
    let size: Int?
    let capabilities: [String]
    let engines: [String]
    /// Where it is in memory.
    var loaded: [Place] = []

    /// An engine that has a model in memory.
    struct Place: Sendable, Equatable {
        let engine: String
        let isPinned: Bool
    }

    /// The rows of `GET /api/v1/models`, those in memory first.
    ///
    /// `loaded`: what engines have in memory, with `name`, `engine` and `pinned`.
    static func rows(_ list: JSONValue, loaded: [JSONValue]) -> [ModelRow] {
        let rows = (list["models"]?.elements ?? []).map { model in
            let name = model["name"]?.string ?? "?"
            return ModelRow(
                name: name,
                size: model["size"]?.integer,
                capabilities: model["capabilities"]?.elements.compactMap(\.string) ?? [],
                engines: model["engines"]?.elements.compactMap(\.string) ?? [],
                loaded: loaded.filter { Self.isSame($0["name"]?.string ?? "", name) }.map { row in
                    Place(engine: row["engine"]?.string ?? "?", isPinned: row["pinned"]?.isTrue ?? false)
                }
            )
        }
        return rows.filter { !$0.loaded.isEmpty } + rows.filter(\.loaded.isEmpty)
    }

    /// The rows under titles.
    static func table(_ rows: [ModelRow]) -> String {
        var table = TextTable(["MODEL", "SIZE", "CAN", "ENGINES", "IN MEMORY"])
        for row in rows {
            let places = row.loaded.map { $0.isPinned ? "\($0.engine) (pinned)" : $0.engine }
            table.add([
                row.name, row.size.map { $0 > 0 ? PlainWords.bytes($0) : "-" } ?? "-",
                row.capabilities.isEmpty ? "-" : row.capabilities.joined(separator: ", "),
                row.engines.joined(separator: ", "), places.isEmpty ? "-" : places.joined(separator: ", "),
            ])
        }
        return table.text
    }

    /// Whether two spellings mean one model.
    private static func isSame(_ left: String, _ right: String) -> Bool {
        guard let left = try? ModelName(left), let right = try? ModelName(right) else { return left == right }
        return left == right
    }
}
