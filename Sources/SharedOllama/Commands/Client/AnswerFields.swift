import Domain

/// The fields of an object that a service has answered; what is missing, or something else, is nil.
struct AnswerFields: Sendable {
    private let object: JSONObject

    init(_ value: JSONValue?) {
        self.object = value?.object ?? JSONObject()
    }

    func text(_ key: String) -> String? { self.object[key]?.string }

    func number(_ key: String) -> Double? {
        guard case .number(let number)? = self.object[key] else { return nil }
        return number.double
    }

    func count(_ key: String) -> Int? { self.number(key).flatMap { Int(exactly: $0.rounded()) } }

    func isTrue(_ key: String) -> Bool { self.object[key] == .bool(true) }

    func fields(_ key: String) -> AnswerFields { AnswerFields(self.object[key]) }

    func list(_ key: String) -> [JSONValue] { self.object[key]?.array ?? [] }

    func rows(_ key: String) -> [AnswerFields] { self.list(key).map { AnswerFields($0) } }

    func texts(_ key: String) -> [String] { self.list(key).compactMap(\.string) }
}
