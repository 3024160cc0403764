import Application
import Domain
import GRDB

/// The statement that reads one page of a list whose rows are numbered in the order in which they were made.
struct PageSQL: Sendable {
    private let sql: String
    private let arguments: StatementArguments
    private let limit: Int

    /// Makes the statement.
    ///
    /// - Parameters:
    ///   - query: the page.
    ///   - table: the table, with the columns `number`, `id` and `project`.
    ///   - conditions: what else a row has to be.
    ///   - arguments: the values for these.
    init<ID: CustomStringConvertible>(
        _ query: ListQuery<ID>,
        table: String,
        conditions: [String],
        arguments: StatementArguments
    ) {
        var conditions = conditions
        var arguments = arguments
        if let project = query.project {
            conditions.append("project = ?")
            arguments += [project.description]
        }
        if let after = query.after {
            let sign = query.order == .ascending ? ">" : "<"
            conditions.append("number \(sign) (SELECT number FROM \(table) WHERE id = ?)")
            arguments += [after.description]
        }
        let filter = conditions.isEmpty ? "" : "WHERE \(conditions.joined(separator: " AND "))"
        let order = query.order == .ascending ? "" : "DESC"
        self.limit = max(1, query.limit)
        self.arguments = arguments + [self.limit + 1]
        self.sql = "SELECT * FROM \(table) \(filter) ORDER BY number \(order) LIMIT ?"
    }

    /// Reads the page.
    func fetch<Element: Sendable>(_ database: Database, _ read: (Row) -> Element?) throws -> ListPage<Element> {
        let rows = try Row.fetchAll(database, sql: self.sql, arguments: self.arguments)
        return ListPage(elements: rows.prefix(self.limit).compactMap(read), hasMore: rows.count > self.limit)
    }
}
