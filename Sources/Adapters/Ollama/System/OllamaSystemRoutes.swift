import Application
import Domain
import HTTPTypes
import Hummingbird
import NIOCore

/// Ollama's routes about itself: `/`, `/api/version` and `/api/status`.
struct OllamaSystemRoutes: Sendable {
    /// The version of Ollama whose API this is, for clients that ask when no engine is an Ollama.
    private static let followedVersion = "0.33.0"

    let engineVersion: EngineVersionUseCase
    /// The service's own version.
    let version: String
    /// Where people and programs can go from `/`.
    let links: [RootPage.Link]

    func addRoutes(to router: Router<ServiceContext>) {
        router.get("/") { request, _ in
            RootPage(version: self.version, links: self.links).response(accepting: request.headers[.accept])
        }
        router.get("/api/version") { _, _ in
            let version = await self.engineVersion.version() ?? OllamaSystemRoutes.followedVersion
            var writer = JSONWriter()
            writer.object { $0.field("version", version) }
            return Response(json: writer)
        }
        router.get("/api/status") { _, _ in
            // Nobody signs in to Ollama's cloud through this service.
            var writer = JSONWriter()
            writer.object { writer in
                writer.key("cloud")
                writer.object {
                    $0.field("disabled", true)
                    $0.field("source", "env")
                }
            }
            return Response(json: writer)
        }
    }
}

/// What stands at `/`: Ollama's own words, unless the caller asks for a page or for JSON.
struct RootPage: Sendable {
    /// A place that exists.
    struct Link: Sendable, Equatable {
        /// What it is, in JSON.
        let name: String
        /// What it is, for people.
        let title: String
        /// Where it is.
        let path: String
    }

    /// The places that may exist, in the order in which they are shown.
    private static let places = [
        Link(name: "docs", title: "API documentation", path: "/api/docs"),
        Link(name: "openapi", title: "OpenAPI description", path: "/openapi.json"),
        Link(name: "dashboard", title: "Dashboard", path: "/dashboard"),
        Link(name: "models", title: "Models", path: "/api/v1/models"),
        Link(name: "health", title: "Health", path: "/health"),
        Link(name: "metrics", title: "Metrics", path: "/metrics"),
    ]

    let version: String
    let links: [Link]

    /// The places that are among the service's routes.
    static func links(in paths: Set<String>) -> [Link] {
        RootPage.places.filter { paths.contains($0.path) }
    }

    func response(accepting accept: String?) -> Response {
        let (type, body): (String, ByteBuffer) =
            switch RootPage.form(accept ?? "") {
            case .text: ("text/plain; charset=utf-8", ByteBuffer(string: "Ollama is running"))
            case .json: ("application/json; charset=utf-8", ByteBuffer(bytes: self.json))
            case .html: ("text/html; charset=utf-8", ByteBuffer(string: self.html))
            }
        return Response(status: .ok, headers: [.contentType: type], body: .init(byteBuffer: body))
    }

    private enum Form {
        case text, json, html
    }

    /// The first of the types that the caller names and that there is; a browser names HTML first.
    private static func form(_ accept: String) -> Form {
        for entry in accept.split(separator: ",") {
            switch entry.split(separator: ";").first?.filter({ $0 != " " }).lowercased() {
            case "text/html"?, "application/xhtml+xml"?: return .html
            case "application/json"?: return .json
            case "text/plain"?, "*/*"?, "text/*"?: return .text
            default: continue
            }
        }
        return .text
    }

    private var json: [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.field("name", "shared-ollama")
            writer.field("version", self.version)
            writer.key("links")
            writer.object { writer in
                for link in self.links { writer.field(link.name, link.path) }
            }
        }
        return writer.bytes
    }

    private var html: String {
        let items = self.links.map { "<li><a href=\"\($0.path)\">\($0.title)</a></li>\n" }.joined()
        return """
            <!DOCTYPE html>
            <html lang="en">
            <head><meta charset="utf-8"><title>Shared Ollama</title></head>
            <body>
            <h1>Shared Ollama</h1>
            <p>Ollama is running. Version \(self.version).</p>
            <ul>
            \(items)</ul>
            </body>
            </html>

            """
    }
}
