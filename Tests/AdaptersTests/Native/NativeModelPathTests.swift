import Domain
import HTTPTypes
import Testing

@testable import Adapters

@Suite("Paths of native routes about models")
struct NativeModelPathTests {
    @Test("A path says what is to be done and with which model")
    func paths() throws {
        func path(_ method: HTTPRequest.Method, _ parts: String...) throws -> NativeModelPath {
            try NativeModelPath(parts, method)
        }
        let (plain, long) = (try ModelName("smollm2"), try ModelName("hf.co/acme/tiny:Q4"))
        #expect(try path(.get, "ps") == .loaded)
        #expect(try path(.get, "smollm2", "show") == .show(plain))
        #expect(try path(.get, "hf.co", "acme", "tiny:Q4", "show") == .show(long))
        #expect(try path(.post, "hf.co/acme/tiny:Q4", "load") == .load(long))
        #expect(try path(.post, "create") == .create)
        #expect(try path(.post, "pull") == .pull)
        #expect(try path(.post, "ps", "unload") == .unload(try ModelName("ps")))
        #expect(try path(.post, "pull", "copy") == .copy(try ModelName("pull")))
        #expect(try path(.post, "hf.co", "acme", "tiny:Q4", "pin") == .pin(long))
        #expect(try path(.post, "smollm2", "unpin") == .unpin(plain))
        #expect(try path(.delete, "smollm2", "pin") == .unpin(plain))
        // Whatever a model is called, it can be removed.
        #expect(try path(.delete, "me", "show") == .delete(try ModelName("me/show")))
        #expect(try path(.delete, "ps") == .delete(try ModelName("ps")))
        #expect(try path(.delete, "pin") == .delete(try ModelName("pin")))
        #expect(try path(.delete, "me", "pin:latest") == .delete(try ModelName("me/pin")))
    }

    @Test("What cannot be meant is refused")
    func refusals() {
        func code(_ method: HTTPRequest.Method, _ parts: [String]?) -> ServiceError.Code? {
            do {
                _ = try NativeModelPath(parts, method)
                return nil
            } catch {
                return (error as? ServiceError)?.code
            }
        }
        #expect(code(.get, nil) == .notFound && code(.get, []) == .notFound && code(.get, ["a"]) == .notFound)
        #expect(code(.post, ["a", "nope"]) == .notFound)
        #expect(code(.post, ["a", "show"]) == .methodNotAllowed && code(.get, ["create"]) == .methodNotAllowed)
        #expect(code(.get, ["a b", "show"]) == .invalidModel && code(.delete, [".."]) == .invalidModel)
    }

    @Test("Parts of paths are decoded, or refused")
    func decoding() {
        #expect(PathParts.decoded("acme%2Ftiny%3a1b") == "acme/tiny:1b")
        #expect(PathParts.decoded("%C3%A9") == "é" && PathParts.decoded("plain") == "plain")
        for text in ["%", "%2", "%zz", "%ff", "a%C3"] { #expect(PathParts.decoded(text[...]) == nil, "\(text)") }
    }
}
