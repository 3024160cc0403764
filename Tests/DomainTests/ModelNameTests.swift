import Domain
import Testing

@Suite("Names of models")
struct ModelNameTests {
    @Test(
        "Every spelling of a model has one canonical form",
        arguments: [
            ("llama3.2", "llama3.2:latest"), ("llama3.2:3b", "llama3.2:3b"), ("Llama3.2:3B", "llama3.2:3b"),
            ("library/llama3.2", "llama3.2:latest"), ("LIBRARY/llama3.2", "llama3.2:latest"),
            ("registry.ollama.ai/library/llama3.2", "llama3.2:latest"), ("Registry.Ollama.AI/Library/a:B", "a:b"),
            ("registry.ollama.ai/me/a", "me/a:latest"), ("me/a:1", "me/a:1"), ("Me/A", "me/a:latest"),
            ("hf.co/bartowski/Llama-3.2-1B-GGUF:Q4_K_M", "hf.co/bartowski/llama-3.2-1b-gguf:q4_k_m"),
            ("example.com/library/a", "example.com/library/a:latest"),
            ("localhost:5000/me/a", "localhost:5000/me/a:latest"),
            ("_a", "_a:latest"), ("a-b_c.d", "a-b_c.d:latest"), ("a:0", "a:0"), ("7", "7:latest"),
            ("a:b.c-d_e", "a:b.c-d_e"),
        ]
    )
    func canonical(_ spelling: String, _ canonical: String) throws {
        let name = try ModelName(spelling)
        #expect(name.canonical == canonical)
        #expect(name.spelling == spelling)
        #expect("\(name)" == canonical)
        #expect(try ModelName(canonical).canonical == canonical)
    }

    @Test(
        "What Ollama's grammar does not allow is refused",
        arguments: [
            "", " ", "a b", "a ", ":", "a:", ":a", "a:b:c", "a:-b", "a:.b", "-a", ".a", "a/", "/a", "//a", "a//b",
            "me/",
            "a/b/c/d", "http://h/me/a", "me.you/a", "-me/a", "me:1/a", ":h/me/a", "é", "a\u{0}", "a\n", "a@sha256",
            "a+b", "\u{FF4C}lama", "a,b",
            "a\\b", "a?", "*",
        ]
    )
    func refused(_ spelling: String) {
        let error = #expect(throws: ServiceError.self) { try ModelName(spelling) }
        #expect(error?.code == .invalidModel)
    }

    @Test("Parts may be 80 characters long, a host 350, and no longer")
    func lengths() throws {
        func part(_ length: Int) -> String { String(repeating: "a", count: length) }
        _ = try ModelName("\(part(350))/\(part(80))/\(part(80)):\(part(80))")
        for name in [part(81), "a:\(part(81))", "\(part(81))/a", "\(part(351))/me/a"] {
            #expect(throws: ServiceError.self) { try ModelName(name) }
        }
    }

    @Test("The error repeats no more of a long name than is needed to know it")
    func longName() {
        let error = #expect(throws: ServiceError.self) { try ModelName(String(repeating: "x/", count: 100_000)) }
        #expect((error?.message.utf8.count ?? .max) < 300)
    }

    @Test("Names are equal if they mean the same model")
    func equality() throws {
        let names: Set = [
            try ModelName("a"), try ModelName("A:latest"), try ModelName("library/a"), try ModelName("a:1"),
        ]
        #expect(names.count == 2)
    }
}
