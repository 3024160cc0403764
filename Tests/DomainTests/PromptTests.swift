import Domain
import Testing

@Suite("Prompts")
struct PromptTests {
    @Test("A prompt has up to 1,000,000 Unicode scalars, whatever their bytes", arguments: ["a", "é", "😀"])
    func longest(_ scalar: String) throws {
        let longest = String(repeating: scalar, count: Prompt.maximumLength)
        #expect(try Prompt(longest).text.unicodeScalars.count == 1_000_000)
        #expect(try SystemMessage(longest).text.unicodeScalars.count == 1_000_000)
        let error = #expect(throws: ServiceError.self) { try Prompt(longest + "a") }
        #expect(error?.code == .invalidPrompt)
        #expect(error?.message == "The prompt has 1000001 characters; at most 1000000 are allowed.")
        #expect(throws: ServiceError.self) { try SystemMessage(longest + "a") }
        #expect(throws: ServiceError.self) { try ChatMessage(role: .user, content: longest + "a") }
    }

    @Test("Characters of many scalars count as many")
    func graphemes() {
        let family = "👩‍👩‍👧"
        #expect(family.count == 1 && family.unicodeScalars.count == 5)
        #expect(throws: ServiceError.self) { try Prompt(String(repeating: family, count: 200_001)) }
    }

    @Test("A blank prompt is refused", arguments: ["", " ", "\n\t\r ", "\u{A0}\u{2003}\u{3000}"])
    func blank(_ text: String) {
        let error = #expect(throws: ServiceError.self) { try Prompt(text) }
        #expect(error?.code == .invalidPrompt)
    }

    @Test("A prompt keeps the blanks around it, and a system message may be empty")
    func kept() throws {
        #expect(try Prompt(" a\n").text == " a\n")
        #expect(try SystemMessage("").text.isEmpty)
        #expect(try Prompt("\u{200B}").text == "\u{200B}")
    }
}
