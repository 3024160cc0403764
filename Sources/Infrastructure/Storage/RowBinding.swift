import GRDB
import GRDBSQLite

/// Binds the values of one row to a statement, from the first column to the last.
///
/// For tables that get a row with every request: GRDB's arguments, each a value in a box of its own, take longer than SQLite
/// does, and so would a copy of each text that SQLite makes.
struct RowBinding {
    // SQLite copies the text: `SQLITE_TRANSIENT`, which is a macro that Swift does not see.
    private static let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

    private let statement: SQLiteStatement
    /// Where the texts of a row are until it is written; one that does not fit is SQLite's to keep.
    private let texts: UnsafeMutableRawBufferPointer
    private var used = 0
    private var column: CInt = 0
    fileprivate private(set) var result = SQLITE_OK

    fileprivate init(_ statement: SQLiteStatement, texts: UnsafeMutableRawBufferPointer) {
        self.statement = statement
        self.texts = texts
    }

    /// The next column is a text.
    mutating func bind(_ text: String?) {
        guard var text else { return self.note { sqlite3_bind_null($0, $1) } }
        text.withUTF8 { self.bind(UnsafeRawBufferPointer($0)) }
    }

    private mutating func bind(_ text: UnsafeRawBufferPointer) {
        let place = UnsafeMutableRawBufferPointer(rebasing: self.texts[self.used...])
        let fits = text.count <= place.count
        if fits {
            place.copyMemory(from: text)
            self.used += text.count
        }
        self.note { statement, column in
            let bytes = (fits ? UnsafeRawBufferPointer(place) : text).assumingMemoryBound(to: CChar.self)
            return sqlite3_bind_text(
                statement,
                column,
                bytes.baseAddress,
                CInt(text.count),
                fits ? nil : RowBinding.copied
            )
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
    /// Runs a statement that changes rows and gives none back, once for each of these values.
    ///
    /// - Throws: `DatabaseError`.
    func execute<Value>(for values: [Value], binding bind: (Value, inout RowBinding) -> Void) throws {
        // A row of the ledger has some 200 bytes of text.
        try withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 1) { texts in
            // What is bound ends with the memory.
            defer { sqlite3_clear_bindings(self.sqliteStatement) }
            for value in values {
                var binding = RowBinding(self.sqliteStatement, texts: texts)
                bind(value, &binding)
                let result = binding.result == SQLITE_OK ? sqlite3_step(self.sqliteStatement) : binding.result
                sqlite3_reset(self.sqliteStatement)
                guard result == SQLITE_DONE else { throw DatabaseError(resultCode: ResultCode(rawValue: result)) }
            }
        }
    }
}
