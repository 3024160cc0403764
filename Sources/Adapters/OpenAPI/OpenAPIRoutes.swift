import Application
import Domain
import HTTPTypes
import Hummingbird
import NIOCore

/// `GET /openapi.json` and `GET /api/docs`: what the service can be asked, for programs and for people.
struct OpenAPIRoutes: Sendable {
    private let document: ByteBuffer
    private let version: String
    private let ids: any IDGenerator

    init(version: String, maxBodyBytes: Int, ids: any IDGenerator) {
        self.document = ByteBuffer(bytes: APIDocument(version: version, maxBodyBytes: maxBodyBytes).json)
        self.version = version
        self.ids = ids
    }

    func addRoutes(to router: Router<ServiceContext>) {
        router.get("/openapi.json") { _, _ in
            Response(
                status: .ok,
                headers: [.contentType: "application/json; charset=utf-8", .cacheControl: "no-cache"],
                body: .init(byteBuffer: self.document)
            )
        }
        router.get("/api/docs") { _, _ in
            let nonce = self.ids.next()
            let page = DocsPage.html(of: APIDocument.parts, version: self.version, nonce: nonce)
            var headers: HTTPFields = [.contentType: "text/html; charset=utf-8", .cacheControl: "no-store"]
            headers[.contentSecurityPolicy] = DocsPage.policy(nonce: nonce)
            headers[.known("x-content-type-options")] = "nosniff"
            headers[.known("referrer-policy")] = "no-referrer"
            return Response(status: .ok, headers: headers, body: .init(byteBuffer: ByteBuffer(string: page)))
        }
    }
}
