import Testing

@testable import Adapters

@Suite("The page that describes the API")
struct DocsPageTests {
    private static let page = DocsPage.html(of: APIDocument.parts, version: "1.2.3", nonce: "abc")

    @Test("Nothing on it leads elsewhere but to the document")
    func noOutsideURL() {
        let page = Self.page
        let links = page.matches(of: /(?:src|href|action|srcset)\s*=\s*["']?([^"'\s>]*)/).map { String($0.output.1) }
        #expect(links == ["../openapi.json"])
        #expect(!page.contains("://") && !page.contains("@import") && !page.contains(/\burl\(/))
        let fetched = page.matches(of: /fetch\(([^)]*)\)/).map { String($0.output.1) }
        #expect(fetched == ["'../openapi.json'"])
    }

    @Test("A browser runs and loads nothing that is not its own")
    func policy() {
        let policy = DocsPage.policy(nonce: "abc")
        #expect(
            policy.hasPrefix("default-src 'none'; script-src 'nonce-abc'; style-src 'nonce-abc'; connect-src 'self';")
        )
        #expect(!policy.contains("unsafe"))
        #expect(Self.page.contains("<script nonce=\"abc\">") && Self.page.contains("<style nonce=\"abc\">"))
        // No attribute holds script or style, which the policy would stop.
        #expect(Self.page.matches(of: /<[a-z]+[^>]*\s(?:on[a-z]+|style)\s*=/).isEmpty)
    }

    @Test("Every route stands there without any script")
    func routes() {
        for operation in APIDocument.parts.flatMap(\.operations) {
            #expect(Self.page.contains("data-method=\"\(operation.method)\" data-path=\"\(operation.path)\""))
        }
    }

    @Test("What stands in the description is text, whatever it looks like")
    func escaping() {
        let evil = "<script>alert('1')</script>&\""
        let operation = APIOperation(method: "get", path: evil, id: evil, summary: evil, details: evil, answers: [])
        let part = APIPart(tag: evil, text: evil, operations: [operation], schemas: "{}")
        let page = DocsPage.html(of: [part], version: evil, nonce: "abc")
        #expect(!page.contains("<script>") && page.matches(of: /alert\('/).isEmpty)
        #expect(page.contains("&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;&quot;"))
        // The script makes elements and text of what it reads, never markup.
        for word in ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("] {
            #expect(!DocsScript.javaScript.contains(word))
        }
    }
}
