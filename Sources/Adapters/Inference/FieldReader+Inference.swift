import Domain

/// What the readers of several dialects share.
extension FieldReader {
    /// Makes a value of a field; what is wrong with it is noted at the field.
    func made<Value>(_ key: String, _ make: () throws -> Value) -> Value? {
        do {
            return try make()
        } catch {
            self.faults.add(self.pointer(to: key), error)
            return nil
        }
    }

    /// Reads the field `keep_alive`.
    func keepAlive() -> KeepAlive? {
        switch self.value("keep_alive") {
        case nil: return nil
        case .number(let number): return .seconds(number.double)
        case .string(let text): return self.made("keep_alive") { try KeepAlive(duration: text) }
        case let value?:
            self.fault("keep_alive", "Seconds or a duration such as '5m' are expected, not \(value.kind).")
            return nil
        }
    }

    /// Reads the field `model`.
    func model() -> ModelName? {
        self.string("model").flatMap { text in self.made("model") { try ModelName(text) } }
    }

    /// Makes a value of this object as a whole; what is wrong with it is noted here.
    func madeHere<Value>(_ make: () throws -> Value) -> Value? {
        do {
            return try make()
        } catch {
            self.faults.add(self.pointer, error)
            return nil
        }
    }

    /// Notes a field that the service knows and cannot honour; what it would do is told.
    func unsupported(_ key: String, _ detail: String) {
        let error = ServiceError(.unsupportedField, "'\(key)' is not supported. \(detail)")
        self.faults.add(self.pointer(to: key), error)
    }
}

extension FaultList {
    /// Throws one error with all faults.
    ///
    /// Its code is theirs if they have only one.
    func throwIfAny() throws {
        guard let first = self.all.first else { return }
        let rest = self.all.count - 1
        let more = rest == 0 ? "" : rest == 1 ? " And one more field is wrong." : " And \(rest) more fields are wrong."
        throw ServiceError(self.code, "\(first.pointer): \(first.detail)\(more)", faults: self.all)
    }
}
