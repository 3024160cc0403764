import Domain
import Testing

@testable import Infrastructure

@Suite("Addresses of engines")
struct EngineAddressTests {
    @Test(
        "A URL is taken apart",
        arguments: [
            ("http://127.0.0.1:11434", "127.0.0.1", 11_434, false, "", "127.0.0.1:11434"),
            ("http://localhost", "localhost", 80, false, "", "localhost:80"),
            ("https://gpu.internal", "gpu.internal", 443, true, "", "gpu.internal:443"),
            ("http://[::1]:8081", "::1", 8081, false, "", "[::1]:8081"),
            ("http://[fe80::1]", "fe80::1", 80, false, "", "[fe80::1]:80"),
            ("https://host:8443/", "host", 8443, true, "", "host:8443"),
            ("https://host/ollama/a/", "host", 443, true, "/ollama/a", "host:443"),
        ]
    )
    func parts(url: String, host: String, port: Int, isSecure: Bool, path: String, header: String) throws {
        let address = try EngineAddress(url: url)
        #expect(address.host == host && address.port == port && address.isSecure == isSecure)
        #expect(address.basePath == path && address.hostHeader == header)
    }

    @Test(
        "What is no URL of an engine is refused",
        arguments: [
            "", "localhost:11434", "ftp://host", "http://", "http://:80", "http://host:0", "http://host:65536",
            "http://host:x", "http://me:secret@host", "http://[::1", "http://[::1]x", "http://ho st", "http://hö",
        ]
    )
    func refused(url: String) {
        let error = #expect(throws: ServiceError.self) { try EngineAddress(url: url) }
        #expect(error?.message.contains("secret") == false)
    }
}
