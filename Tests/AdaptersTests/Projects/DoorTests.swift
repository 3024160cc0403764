import Domain
import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore
import Testing

@testable import Adapters

@Suite("The door")
struct DoorTests {
    private func request(
        _ authority: String? = "localhost:8000",
        method: HTTPRequest.Method = .post,
        _ headers: [(String, String)] = []
    ) -> Request {
        var fields = HTTPFields()
        for (name, value) in headers {
            if let name = HTTPField.Name(name) { fields.append(HTTPField(name: name, value: value)) }
        }
        let head = HTTPRequest(method: method, scheme: nil, authority: authority, path: "/", headerFields: fields)
        return Request(head: head, body: .init(buffer: ByteBuffer()))
    }

    private func passes(_ door: Door, _ request: Request) -> Bool {
        do {
            try door.check(request)
            return true
        } catch {
            #expect((error as? ServiceError)?.code == .forbidden)
            return false
        }
    }

    @Test(
        "On loopback a request names this machine, or a host that is allowed",
        arguments: [
            ("localhost", true), ("LOCALHOST:8000", true), ("127.0.0.1:8000", true), ("[::1]:8000", true),
            ("a.localhost", true), ("box.local", true), ("host.docker.internal:8000", true), ("box.example", true),
            ("a.lan", true), ("evil.example", false), ("localhost.evil.example", false), (".local", false),
            ("203.0.113.9", false), ("box.example.evil", false), ("localhost.", true), ("0.0.0.0:8000", true),
        ]
    )
    func hosts(_ authority: String, _ isAllowed: Bool) {
        let door = Door(.init(isLocal: true, hosts: ["box.example", "*.lan"]))
        #expect(self.passes(door, self.request(authority)) == isAllowed)
        // Who listens for other machines is known by names that it cannot know itself.
        #expect(self.passes(Door(.init(isLocal: false)), self.request(authority)))
    }

    @Test("A request without a host, as HTTP/1.0 has it, passes")
    func noHost() {
        #expect(self.passes(Door(.init(isLocal: true)), self.request(nil)))
    }

    @Test(
        "Predecessor 26: web pages may call from Ollama's own list of origins, and no others",
        arguments: [
            ("http://localhost:3000", true), ("https://127.0.0.1", true), ("app://obsidian.md", true),
            ("vscode-webview://x", true), ("https://evil.example", false), ("http://localhost.evil.example", false),
            ("null", false), ("http://evil.example/localhost", false),
        ]
    )
    func origins(_ origin: String, _ isAllowed: Bool) {
        let request = self.request("box.local:8000", [("Origin", origin)])
        #expect(self.passes(Door(.init(isLocal: true)), request) == isAllowed)
    }

    @Test("Configured origins take the place of the list; a page of the service itself may always call")
    func configuredOrigins() {
        let door = Door(.init(isLocal: false, origins: ["https://*.example"]))
        #expect(self.passes(door, self.request([("Origin", "https://app.example")])))
        #expect(!self.passes(door, self.request([("Origin", "http://localhost:3000")])))
        #expect(self.passes(door, self.request("box:8000", [("Origin", "http://box:8000")])))
        #expect(self.passes(Door(.init(isLocal: false, origins: ["*"])), self.request([("Origin", "https://x")])))
    }

    @Test("Predecessor 26: an allowed origin gets CORS headers, without credentials, and no other does")
    func cors() {
        let door = Door(.init(isLocal: true))
        var headers = HTTPFields()
        door.addHeaders(for: self.request([("Origin", "http://localhost:3000")]), to: &headers)
        #expect(headers[.accessControlAllowOrigin] == "http://localhost:3000" && headers[.vary] == "Origin")
        #expect(headers[.accessControlAllowCredentials] == nil)
        var others = HTTPFields()
        door.addHeaders(for: self.request([("Origin", "https://evil.example")]), to: &others)
        #expect(others[.accessControlAllowOrigin] == nil)
        let preflight = self.request(
            method: .options,
            [
                ("Origin", "http://localhost"), ("Access-Control-Request-Method", "POST"),
                ("Access-Control-Request-Headers", "authorization,x-stainless-os"),
            ]
        )
        #expect(door.isPreflight(preflight) && !door.isPreflight(self.request(method: .options)))
        let answer = door.preflightAnswer(preflight)
        #expect(answer.status == .noContent)
        #expect(answer.headers[.accessControlAllowHeaders] == "authorization,x-stainless-os")
    }

    @Test("X-Forwarded-For counts only from a trusted proxy, and there only what the proxies themselves added")
    func forwarding() throws {
        let door = Door(.init(isLocal: true, trustedProxies: [try #require(IPNetwork("10.0.0.0/8"))]))
        func origin(_ peer: String, _ headers: [(String, String)] = []) -> (String?, Bool) {
            let found = door.origin(of: self.request(headers), peer: IPNetwork(peer))
            return (found.address?.description, found.isForwarded)
        }
        #expect(origin("127.0.0.1") == ("127.0.0.1", false))
        #expect(origin("127.0.0.1", [("Via", "1.1 proxy")]) == ("127.0.0.1", true))
        #expect(origin("127.0.0.1", [("X-Forwarded-Host", "a")]) == ("127.0.0.1", true))
        #expect(origin("192.0.2.1", [("X-Forwarded-For", "127.0.0.1")]) == ("192.0.2.1", true))
        #expect(origin("10.0.0.1", [("X-Forwarded-For", "127.0.0.1, 192.0.2.7, 10.0.0.9")]) == ("192.0.2.7", false))
        #expect(origin("10.0.0.1", [("X-Forwarded-For", "nonsense")]) == ("10.0.0.1", true))
    }
}

extension DoorTests {
    private func request(_ headers: [(String, String)]) -> Request { self.request("localhost", headers) }
    private func request(_ authority: String, _ headers: [(String, String)]) -> Request {
        self.request(authority, method: .post, headers)
    }
}
