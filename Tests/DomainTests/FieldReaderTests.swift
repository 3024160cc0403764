import Domain
import Testing

@Suite("Reading the fields of an object")
struct FieldReaderTests {
    private enum Colour: String, CaseIterable {
        case red
        case green
    }

    /// Reads a text with a body and gives what was wrong, as `pointer: detail`.
    private func faults(_ text: String, _ body: (FieldReader) -> Void) throws -> [String] {
        let object = try #require(try JSONParser.parse(Array(text.utf8)).object)
        let faults = FaultList()
        body(FieldReader(object, faults: faults))
        return faults.all.map { "\($0.pointer): \($0.detail)" }
    }

    @Test("Values of every kind are read")
    func values() throws {
        let text = #"{"s":"x","b":true,"n":0.5,"i":7,"c":"green","l":["a","b"],"o":{"p":1},"a":[{"p":1},{"p":2}]}"#
        let found = try self.faults(text) { reader in
            #expect(reader.string("s") == "x")
            #expect(reader.requiredString("s") == "x")
            #expect(reader.bool("b") == true)
            #expect(reader.number("n", in: 0...1) == 0.5)
            #expect(reader.integer("i", in: 7...7) == 7)
            #expect(reader.choice("c", as: Colour.self) == .green)
            #expect(reader.strings("l", atMost: 2) == ["a", "b"])
            #expect(reader.strings("s", atMost: 2) == ["x"])
            #expect(reader.object("o") { $0.integer("p", in: 0...9) } == 1)
            #expect(reader.objects("a") { $0.integer("p", in: 0...9) } == [1, 2])
            reader.refuseUnknownFields()
        }
        #expect(found.isEmpty)
    }

    @Test("A field that is absent and one that is null are the same", arguments: ["{}", #"{"x":null}"#])
    func absent(_ text: String) throws {
        let found = try self.faults(text) { reader in
            #expect(reader.string("x") == nil)
            #expect(reader.bool("x") == nil)
            #expect(reader.number("x", in: 0...1) == nil)
            #expect(reader.integer("x", in: 0...1) == nil)
            #expect(reader.choice("x", as: Colour.self) == nil)
            #expect(reader.strings("x", atMost: 1) == nil)
            #expect(reader.object("x") { $0.string("y") } == nil)
            #expect(reader.objects("x") { $0.string("y") } == nil)
            #expect(reader.isPresent("x") == (text != "{}"))
            reader.refuseUnknownFields()
        }
        #expect(found.isEmpty)
    }

    @Test("All faults are noted, each at its own field")
    func allFaults() throws {
        let text = #"{"s":1,"b":"true","n":"1","i":1.5,"c":"blue","l":[1],"o":[],"a":{},"r":null}"#
        let found = try self.faults(text) { reader in
            _ = reader.string("s")
            _ = reader.bool("b")
            _ = reader.number("n", in: 0...1)
            _ = reader.integer("i", in: 0...1)
            _ = reader.choice("c", as: Colour.self)
            _ = reader.strings("l", atMost: 1)
            _ = reader.object("o") { $0.string("p") }
            _ = reader.objects("a") { $0.string("p") }
            _ = reader.requiredString("r")
        }
        #expect(
            found == [
                "/s: A string is expected, not a number.", "/b: A boolean is expected, not a string.",
                "/n: A number is expected, not a string.", "/i: A whole number is expected, not a number.",
                "/c: 'blue' is not one of 'red', 'green'.",
                "/l: A string or an array of strings is expected, not an array.",
                "/o: An object is expected, not an array.", "/a: An array is expected, not an object.",
                "/r: The field 'r' is missing.",
            ]
        )
    }

    @Test("Numbers out of their range are refused with the range")
    func ranges() throws {
        let found = try self.faults(#"{"a":2.5,"b":-1,"c":0,"d":1e400,"e":1e400}"#) { reader in
            #expect(reader.number("a", in: 0...2) == nil)
            #expect(reader.integer("b", in: 0...9) == nil)
            #expect(reader.integer("c", in: 1 ... .max) == nil)
            #expect(reader.number("d", in: 0...2) == nil)
            #expect(reader.integer("e", in: 0...9) == nil)
        }
        #expect(
            found == [
                "/a: 2.5 is not between 0 and 2.", "/b: -1 is not between 0 and 9.", "/c: 0 is not at least 1.",
                "/d: 1e400 is not between 0 and 2.", "/e: A whole number is expected, not a number.",
            ]
        )
    }

    @Test("Faults of nested objects have pointers from the root, by RFC 6901")
    func pointers() throws {
        let found = try self.faults(#"{"a/b~c":{"list":[{"x":1},7,{}]}}"#) { reader in
            _ = reader.object("a/b~c") { reader in
                reader.objects("list") { $0.requiredString("x") }
            }
        }
        #expect(
            found == [
                "/a~1b~0c/list/0/x: A string is expected, not a number.",
                "/a~1b~0c/list/1: A number stands where an object is expected.",
                "/a~1b~0c/list/2/x: The field 'x' is missing.",
            ]
        )
    }

    @Test("An unknown field is refused with the nearest known one")
    func unknownFields() throws {
        let found = try self.faults(#"{"modle":"a","model":"b","qqqqqq":1,"temprature":1}"#) { reader in
            _ = reader.string("model")
            _ = reader.number("temperature", in: 0...2)
            reader.refuseUnknownFields()
        }
        #expect(
            found == [
                "/modle: There is no field 'modle'. Did you mean 'model'?", "/qqqqqq: There is no field 'qqqqqq'.",
                "/temprature: There is no field 'temprature'. Did you mean 'temperature'?",
            ]
        )
    }

    @Test("Of fields with one name the last counts, and setting one keeps the order of the others")
    func duplicates() throws {
        var object = try #require(try JSONParser.parse(Array(#"{"a":1,"b":2,"a":3}"#.utf8)).object)
        #expect(object["a"] == .number(JSONNumber(3)))
        object["b"] = .null
        object["c"] = .bool(true)
        object["a"] = nil
        #expect(JSONValue.object(object).text == #"{"b":null,"c":true}"#)
    }

    @Test("Not more than 20 faults are kept, so that a hostile text cannot make a long answer")
    func limit() throws {
        let text = "{\((0..<100).map { "\"x\($0)\":1" }.joined(separator: ","))}"
        #expect(try self.faults(text) { $0.refuseUnknownFields() }.count == FaultList.limit)
    }

    @Test("Names and values in an error are cut off where they are long")
    func longNames() throws {
        let long = String(repeating: "k", count: 5000)
        let found = try self.faults(#"{"\#(long)":1,"c":"\#(long)"}"#) { reader in
            _ = reader.choice("c", as: Colour.self)
            reader.refuseUnknownFields()
        }
        #expect(found.count == 2)
        #expect(found.allSatisfy { $0.utf8.count < 250 })
    }

    @Test("The faults of a value that could not be made are moved below its field")
    func movedFaults() {
        let faults = FaultList()
        faults.add("/tools/0", ServiceError(.invalidRequest, field: "/function/name", "It is bad."))
        faults.add("/prompt", ServiceError(.invalidPrompt, "It is blank."))
        faults.add("/x", CancellationError())
        #expect(
            faults.all == [
                FieldFault(pointer: "/tools/0/function/name", detail: "It is bad."),
                FieldFault(pointer: "/prompt", detail: "It is blank."),
                FieldFault(pointer: "/x", detail: "The value is not valid."),
            ]
        )
    }
}
