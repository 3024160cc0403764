/// The page at `/dashboard`: empty tables, which a script fills with what `/api/v1/events` tells.
///
/// It asks nobody else for anything, and its Content-Security-Policy sees to that. Whatever callers named is put on the page
/// as text, never as markup.
enum DashboardPage {
    /// The page.
    ///
    /// - Parameters:
    ///   - version: the service's own version.
    ///   - nonce: the same word as in the policy.
    /// - Returns: HTML.
    static func html(version: String, nonce: String) -> String {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>Shared Ollama: dashboard</title>
        <link rel="icon" href="data:,">
        <style nonce="\(nonce)">
        \(DashboardStyle.css)
        </style>
        </head>
        <body>
        <header>
        <h1>Shared Ollama <small>\(DocsPage.escaped(version))</small></h1>
        <p id="state" role="status"><span id="light" aria-hidden="true"></span> <span id="status">connecting…</span></p>
        </header>
        <main>
        <noscript><p>This page needs JavaScript; without it, <a href="api/v1/queue/stats">api/v1/queue/stats</a> tells the same in JSON.</p></noscript>
        <section aria-labelledby="now"><h2 id="now">Now</h2><ul id="figures"></ul>
        <figure><figcaption>Tokens a second, the last five minutes</figcaption>
        <svg id="plot" viewBox="0 0 300 60" preserveAspectRatio="none" role="img" aria-label="Tokens a second"><polyline></polyline></svg></figure></section>
        \(self.table("engines", "Engines", ["Engine", "State", "Running", "Slots", "CPU", "Memory", "Models in memory", "Told by its log"]))
        \(self.table("requests", "Requests on their way", ["Place", "Project", "Class", "Model", "Phase", "Waited", "Expected wait", "Request"]))
        \(self.table("batches", "Batches, the newest", ["Batch", "Project", "Status", "Progress", "Failed", "Running", "Left"]))
        \(self.table("projects", "Projects, the last minute", ["Project", "Requests", "Failed", "Tokens"]))
        \(self.table("errors", "Latest failures, the last minute", ["Before", "Code", "Project", "Model", "Request"]))
        </main>
        <script nonce="\(nonce)">
        \(DashboardScript.javaScript)
        </script>
        </body>
        </html>

        """
    }

    private static func table(_ id: String, _ title: String, _ columns: [String]) -> String {
        """
        <section aria-labelledby="\(id)-title"><h2 id="\(id)-title">\(title) <small id="\(id)-note"></small></h2>
        <div class="wide" tabindex="0" role="region" aria-labelledby="\(id)-title"><table>
        <thead><tr>\(columns.map { "<th scope=\"col\">\($0)</th>" }.joined())</tr></thead>
        <tbody id="\(id)"></tbody></table></div></section>
        """
    }
}
