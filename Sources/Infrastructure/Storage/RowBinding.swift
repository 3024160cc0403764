import GRDB
import GRDBSQLite

/// Binds the values of one row to a statement, from the first column to the last.
///
/// For tables that get a row with every request: GRDB's arguments, each a value in a box of its own, take longer than SQLite
/// does.
struct RowBinding {
    // SQLite copies the text: `SQLITE_TRANSIENT`, which is a macro that Swift does not see.
    private static let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

    fileprivate let statement: SQLiteStatement
    private var column: CInt = 0
    fileprivate private(set) var result = SQLITE_OK

    fileprivate init(_ statement: SQLiteStatement) {
        self.statement = statement
    }

    /// The next column is a text.
    mutating func bind(_ text: String?) {
        guard var text else { return self.note { sqlite3_bind_null($0, $1) } }
        self.note { statement, column in
            text.withUTF8 { utf8 in
                // No bytes have no address, which SQLite would take for null.
                guard let bytes = utf8.baseAddress else {
                    return sqlite3_bind_text(statement, column, "", 0, RowBinding.copied)
                }
                return bytes.withMemoryRebound(to: CChar.self, capacity: utf8.count) {
                    sqlite3_bind_text(statement, column, $0, CInt(utf8.count), RowBinding.copied)
                }
            }
        }
    }

    /// The next column is a whole number.
    mutating func bind(_ number: Int64?) {
        self.note { statement, column in
            number.map { sqlite3_bind_int64(statement, column, $0) } ?? sqlite3_bind_null(statement, column)
        }
    }

    /// The next column is a number.
    mutating func bind(_ number: Double) {
        self.note { sqlite3_bind_double($0, $1, number) }
    }

    private mutating func note(_ bind: (SQLiteStatement, CInt) -> CInt) {
        self.column += 1
        let result = bind(self.statement, self.column)
        if self.result == SQLITE_OK { self.result = result }
    }
}

extension Statement {
    /// Runs a statement that changes rows and gives none back.
    ///
    /// - Throws: `DatabaseError`.
    func execute(binding bind: (inout RowBinding) -> Void) throws {
        var binding = RowBinding(self.sqliteStatement)
        bind(&binding)
        let result = binding.result == SQLITE_OK ? sqlite3_step(self.sqliteStatement) : binding.result
        sqlite3_reset(self.sqliteStatement)
        guard result == SQLITE_DONE else { throw DatabaseError(resultCode: ResultCode(rawValue: result)) }
    }
}
