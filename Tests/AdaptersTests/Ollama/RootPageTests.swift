import HTTPTypes
import Hummingbird
import Testing

@testable import Adapters

@Suite("What stands at the root")
struct RootPageTests {
    private static let page = RootPage(version: "1.2.3", links: RootPage.links(in: ["/health", "/nowhere"]))

    @Test(
        "Ollama's words, unless a page or JSON is asked for",
        arguments: [
            (nil, "text/plain; charset=utf-8"), ("*/*", "text/plain; charset=utf-8"), ("", "text/plain; charset=utf-8"),
            ("image/png", "text/plain; charset=utf-8"), ("application/json", "application/json; charset=utf-8"),
            ("Text/HTML,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html; charset=utf-8"),
            ("application/json, text/plain, */*", "application/json; charset=utf-8"),
        ] as [(String?, String)]
    )
    func types(accept: String?, type: String) {
        let response = Self.page.response(accepting: accept)
        #expect(response.status == .ok && response.headers[.contentType] == type)
        if type.hasPrefix("text/plain") { #expect(response.body.contentLength == "Ollama is running".utf8.count) }
    }

    @Test("It leads only to places that exist")
    func links() {
        #expect(Self.page.links.map(\.path) == ["/health"])
    }
}
