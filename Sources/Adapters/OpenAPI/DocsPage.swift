/// The page at `/api/docs`: the groups and routes as plain HTML, which a script fills with what `/openapi.json` says.
///
/// It asks nobody else for anything, and its Content-Security-Policy sees to that. Whatever stands in the document is put on
/// the page as text, never as markup.
enum DocsPage {
    /// What a browser may do on the page.
    ///
    /// - Parameter nonce: a word of this answer alone, by which the page's own style and script are known.
    /// - Returns: the value of `Content-Security-Policy`.
    static func policy(nonce: String) -> String {
        "default-src 'none'; script-src 'nonce-\(nonce)'; style-src 'nonce-\(nonce)'; connect-src 'self'; img-src data:; "
            + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    }

    /// The page.
    ///
    /// - Parameters:
    ///   - parts: the groups of routes.
    ///   - version: the service's own version.
    ///   - nonce: the same word as in the policy.
    /// - Returns: HTML.
    static func html(of parts: [APIPart], version: String, nonce: String) -> String {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>Shared Ollama: API</title>
        <style nonce="\(nonce)">
        \(DocsStyle.css)
        </style>
        </head>
        <body>
        <header>
        <h1>Shared Ollama <small>\(DocsPage.escaped(version))</small></h1>
        <p id="about">The routes of this service. Machines read <a href="../openapi.json">openapi.json</a>, which says all about them.</p>
        <p><input id="filter" type="search" placeholder="Filter: a path, a word" aria-label="Filter the routes" hidden></p>
        </header>
        <main>
        \(parts.map { DocsPage.section($0) }.joined())
        </main>
        <script nonce="\(nonce)">
        \(DocsScript.javaScript)
        </script>
        </body>
        </html>

        """
    }

    /// Text as it may stand between tags and in attributes.
    static func escaped(_ text: String) -> String {
        var escaped = ""
        for character in text {
            switch character {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&#39;"
            default: escaped.append(character)
            }
        }
        return escaped
    }

    private static func section(_ part: APIPart) -> String {
        """
        <section>
        <h2>\(DocsPage.escaped(part.tag))</h2>
        <p class="text">\(DocsPage.escaped(part.text))</p>
        \(part.operations.map { DocsPage.operation($0) }.joined())</section>

        """
    }

    private static func operation(_ operation: APIOperation) -> String {
        let method = DocsPage.escaped(operation.method)
        let details = operation.details.map { "<p class=\"text\">\(DocsPage.escaped($0))</p>" } ?? ""
        return """
            <details id="\(DocsPage.escaped(operation.id))" data-method="\(method)" data-path="\(DocsPage.escaped(operation.path))">
            <summary><b class="\(method)">\(method)</b> <code>\(DocsPage.escaped(operation.path))</code> <span>\(DocsPage.escaped(operation.summary))</span></summary>
            \(details)
            </details>

            """
    }
}
