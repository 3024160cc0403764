import Domain
import Testing

@Suite("Long JSON strings")
struct LongStringTests {
    private static let length = 40

    /// A string of 40 letters with something else at a place, in quotes.
    private static func text(_ special: [UInt8], at place: Int) -> [UInt8] {
        let letters = [UInt8](repeating: UInt8(ascii: "a"), count: self.length)
        let quote = UInt8(ascii: "\"")
        return [quote] + letters[..<place] + special + letters[place...] + [quote]
    }

    @Test("A byte that ends or breaks a string is seen wherever it stands")
    func everyPlace() throws {
        for place in 0...Self.length {
            for control: UInt8 in [0x00, 0x0A, 0x1F] {
                let error = JSONError(offset: place + 1, reason: "a control character stands in a string")
                #expect(throws: error) { try JSONParser.parse(Self.text([control], at: place)) }
            }
            #expect(throws: JSONError.self) { try JSONParser.parse(Self.text([UInt8(ascii: "\"")], at: place)) }
            #expect(throws: JSONError.self) { try JSONParser.parse(Self.text([0xFF], at: place)) }
            #expect(throws: JSONError.self) { try JSONParser.parse(Array(Self.text([], at: 0).prefix(place))) }
        }
    }

    @Test("What stands for itself, and every escape, is read wherever it stands")
    func read() throws {
        let before = { (place: Int) in String(repeating: "a", count: place) }
        for place in 0...Self.length {
            let after = before(Self.length - place)
            for character in ["\u{7F}", " ", "!", "#", "[", "]", "é", "\u{10FFFF}"] {
                let value = try JSONParser.parse(Self.text(Array(character.utf8), at: place))
                #expect(value.string == before(place) + character + after)
            }
            for (escape, meaning) in ["\\/": "/", "\\\"": "\"", "\\\\": "\\", "\\u00e9": "é"] {
                let value = try JSONParser.parse(Self.text(Array((escape + escape).utf8), at: place))
                #expect(value.string == before(place) + meaning + meaning + after)
            }
        }
    }
}
