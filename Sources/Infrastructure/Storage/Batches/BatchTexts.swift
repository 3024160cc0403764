import Domain

/// The lists of a batch as the JSON that stands in its row.
enum BatchTexts {
    static func text(of labels: [BatchLabel]) -> String {
        var writer = JSONWriter()
        writer.object { writer in
            for label in labels { writer.field(label.key, label.value) }
        }
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    static func labels(_ text: String) -> [BatchLabel] {
        let object = (try? JSONParser.parse(Array(text.utf8)))?.object
        return object?.members.compactMap { member in
            member.value.string.map { BatchLabel(key: member.key, value: $0) }
        } ?? []
    }

    static func text(of problems: [BatchProblem]) -> String {
        guard !problems.isEmpty else { return "[]" }
        var writer = JSONWriter()
        writer.array(problems) { writer, problem in
            writer.object { writer in
                writer.field("code", problem.code.rawValue)
                writer.field("message", problem.message)
                writer.field("param", problem.param)
                writer.field("line", problem.line)
            }
        }
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    static func problems(_ text: String) -> [BatchProblem] {
        guard text != "[]" else { return [] }
        let array = (try? JSONParser.parse(Array(text.utf8)))?.array ?? []
        return array.compactMap { value in
            guard let object = value.object, let word = object["code"]?.string,
                let code = BatchProblem.Code(rawValue: word), let message = object["message"]?.string
            else { return nil }
            var line: Int?
            if case .number(let number)? = object["line"] { line = number.integer }
            return BatchProblem(code, message, param: object["param"]?.string, line: line)
        }
    }
}
