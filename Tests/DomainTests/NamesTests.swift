import Domain
import Testing

@Suite("Names of projects and requests")
struct NamesTests {
    private static let longest = String(repeating: "a", count: 64)

    @Test("A project's name is 1 to 64 letters, digits, '.', '_' and '-'")
    func projects() throws {
        for name in ["a", "Search-2.x_y", Self.longest] { #expect(try ProjectName(name).description == name) }
        for name in ["", " ", "a b", "a/b", "é", "a\n", Self.longest + "a"] {
            #expect(throws: ServiceError.self) { try ProjectName(name) }
        }
        #expect(try ProjectName("default") == .default)
    }

    @Test("A caller's request id is kept if it is 1 to 128 harmless characters, else it is replaced")
    func requestIDs() {
        for id in ["a", "A.b_c:d-9", Self.longest + Self.longest] { #expect(RequestID(caller: id)?.description == id) }
        for id in ["", "a b", "a\r\nX: y", "é", "a/b", Self.longest + Self.longest + "a"] {
            #expect(RequestID(caller: id) == nil)
        }
    }
}
