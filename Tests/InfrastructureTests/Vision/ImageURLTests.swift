import Domain
import Testing

@testable import Infrastructure

@Suite("The URL of an image")
struct ImageURLTests {
    @Test(
        "It is taken apart as RFC 3986 says, without its fragment",
        arguments: [
            ("http://example.com", "example.com", 80, "/"),
            ("https://example.com/a/b.png?c=d&e=%20f#g", "example.com", 443, "/a/b.png?c=d&e=%20f"),
            ("HTTP://Example.com:8080/a b.png", "Example.com", 8080, "/a%20b.png"),
            ("http://[2001:db8::1]:81/x", "2001:db8::1", 81, "/x"),
            ("http://192.0.2.1?x", "192.0.2.1", 80, "/?x"),
            ("https://example.com/é.png", "example.com", 443, "/%C3%A9.png"),
        ]
    )
    func parts(text: String, host: String, port: Int, target: String) throws {
        let url = try ImageURL(text)
        #expect(url.host == host)
        #expect(url.port == port)
        #expect(url.target == target)
    }

    @Test(
        "Anything else is refused, and the text does not repeat it",
        arguments: [
            "", "secret", "ftp://secret.example/a", "file:///secret", "//secret.example/a", "http:///secret",
            "http://", "gopher://secret.example", "http://user@secret.example/", "http://user:secret@example.com/",
            "http://@secret.example/", "http://secret.example:0/", "http://secret.example:65536/",
            "http://secret.example:http/", "http://sécret.example/", "http://secret%2eexample/",
            "http://[fe80::1%25eth0]/secret", "http://" + String(repeating: "s", count: 300) + ".example/",
            "http://secret.example/" + String(repeating: "s", count: 9000),
        ]
    )
    func refused(text: String) throws {
        let error = #expect(throws: ServiceError.self) { try ImageURL(text) }
        #expect(error?.code == .invalidImage)
        #expect(error?.message.contains("secret") == false)
    }

    @Test("Nobody can put a line into the request by a URL")
    func lineEnds() {
        for text in ["http://example.com/a\r\nX: y", "http://example.com/?a\nb", "http://example.com\r\n/a"] {
            let request = (try? ImageURL(text))?.request ?? ""
            #expect(request.split(separator: "\r\n", omittingEmptySubsequences: false).count <= 8)
            #expect(!request.contains("\r\nX: y"))
        }
    }

    @Test("The request names the host as it should, and nothing of the caller")
    func request() throws {
        #expect(try ImageURL("http://example.com/a").request.hasPrefix("GET /a HTTP/1.1\r\nHost: example.com\r\n"))
        #expect(try ImageURL("https://example.com:80/").request.contains("\r\nHost: example.com:80\r\n"))
        #expect(try ImageURL("http://[2001:db8::1]/").request.contains("\r\nHost: [2001:db8::1]\r\n"))
    }

    @Test(
        "A redirect may be relative",
        arguments: [
            ("b.png", "http://example.com/x/b.png"), ("/b.png", "http://example.com/b.png"),
            ("../b.png", "http://example.com/b.png"), ("?q=1", "http://example.com/x/a.png?q=1"),
            ("//other.example/b", "http://other.example/b"),
            ("https://other.example:8443/b", "https://other.example:8443/b"),
        ]
    )
    func relative(location: String, expected: String) throws {
        let found = try ImageURL("http://example.com/x/a.png").following(location)
        let wanted = try ImageURL(expected)
        #expect(found.request == wanted.request)
        #expect(found.isSecure == wanted.isSecure)
    }

    @Test(
        "A redirect to something else than HTTP is refused",
        arguments: ["file:///etc/passwd", "data:image/png;base64,AA=="]
    )
    func otherScheme(location: String) {
        #expect(throws: ServiceError.self) { try ImageURL("http://example.com/").following(location) }
    }
}
