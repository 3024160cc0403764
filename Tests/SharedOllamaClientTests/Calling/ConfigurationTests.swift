import Testing

@testable import SharedOllamaClient

@Suite("The client's configuration")
struct ClientConfigurationTests {
    @Test("never shows the key")
    func key() {
        let configuration = ClientConfiguration.service("http://host:1/", key: "so_search_secret", project: "p")
        var dumped = ""
        dump(configuration, to: &dumped)
        var debug = ""
        debugPrint(configuration, SharedOllamaError(.unreachable, "\(configuration)"), to: &debug)
        for text in ["\(configuration)", String(reflecting: configuration), dumped, debug] {
            #expect(!text.contains("secret") && text.contains("http://host:1"), "\(text)")
        }
    }

    @Test("takes an address with slashes at its end")
    func address() {
        #expect(ClientConfiguration.direct("http://host:1//").url == "http://host:1")
        #expect(ClientConfiguration.direct().url == "http://127.0.0.1:11434")
    }
}
