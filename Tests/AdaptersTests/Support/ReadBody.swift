import Domain
import Testing

/// JSON text as a body that has been parsed.
func parsedBody(_ text: String) throws -> JSONObject {
    try #require(try JSONParser.parse(Array(text.utf8)).object)
}

/// A member of a body, and where and as what a reader finds it at fault.
struct FieldCase: Sendable, CustomTestStringConvertible {
    let member: String
    let pointer: String
    let code: ServiceError.Code
    var testDescription: String { self.member }

    init(_ member: String, _ pointer: String, _ code: ServiceError.Code = .invalidRequest) {
        self.member = member
        self.pointer = pointer
        self.code = code
    }

    /// Checks that reading fails with this fault and no other.
    func check(_ read: () throws -> some Any) {
        do {
            _ = try read()
            Issue.record("\(self.member) was accepted")
        } catch let error as ServiceError {
            #expect(error.faults.map(\.pointer) == [self.pointer], "\(error)")
            #expect(error.code == self.code, "\(error)")
        } catch {
            Issue.record("\(error)")
        }
    }
}

extension String {
    /// The parts between separators, empty ones included.
    func parts(by separator: String) -> [String] {
        self.split(separator: separator, omittingEmptySubsequences: false).map(String.init)
    }
}
