import Testing

@testable import ollama_stand_in

/// The rules of `OLLAMA_HOST`.
@Suite("OLLAMA_HOST")
struct OllamaHostTests {
    @Test(
        "an address is read as Ollama reads it",
        arguments: [
            ("", "127.0.0.1", 11_434), ("1.2.3.4", "1.2.3.4", 11_434), (":1234", "0.0.0.0", 1234),
            ("1.2.3.4:1234", "1.2.3.4", 1234), ("http://1.2.3.4", "1.2.3.4", 80), ("https://1.2.3.4", "1.2.3.4", 443),
            ("http://1.2.3.4:9/path", "1.2.3.4", 9), ("[::1]", "::1", 11_434), ("[::1]:1337", "::1", 1337),
            ("::1", "::1", 11_434), (":66000", "0.0.0.0", 11_434), ("example.com:0", "example.com", 0),
        ]
    )
    func address(text: String, host: String, port: Int) {
        let address = OllamaHost(text)
        #expect(address.host == host)
        #expect(address.port == port)
    }
}
