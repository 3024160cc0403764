import Domain
import HTTPTypes
import NIOHTTP1
import NIOHTTPTypesHTTP1
import Testing

@testable import Adapters

@Suite("How the head of a request is read")
struct RequestHeadReaderTests {
    private func head(
        _ uri: String = "/api/chat?x=1",
        _ headers: HTTPHeaders = [:],
        method: HTTPMethod = .POST
    ) -> HTTPRequestHead {
        HTTPRequestHead(version: .http1_1, method: method, uri: uri, headers: headers)
    }

    @Test("It is what the library makes of it", arguments: ["/", "/api/chat?x=1#y", "http://h/a?b", "*", "//a"])
    func same(uri: String) throws {
        let head = self.head(
            uri,
            ["HOST": "one:8000", "Content-Type": "a", "X-A": "1", "x-a": "2", "Cookie": "a=1; b=2", "Host": "two"],
            method: uri == "*" ? .OPTIONS : .POST
        )
        var reader = RequestHeadReader(isSecure: false)
        #expect(try reader.read(head).request == HTTPRequest(head, secure: false, splitCookie: false))
        var secure = RequestHeadReader(isSecure: true)
        #expect(try secure.read(head).request.scheme == "https")
    }

    @Test("What a request says is its own, whatever the one before it on the connection said")
    func following() throws {
        var reader = RequestHeadReader(isSecure: false)
        let heads: [HTTPHeaders] = [
            ["Host": "a", "Authorization": "Bearer one", "Content-Length": "1"],
            ["Host": "b", "Authorization": "Bearer two", "Content-Length": "1"],
            ["Authorization": "Bearer three", "Host": "c"],
            ["Content-Length": "1", "authorization": "Bearer one"],
            [:],
            ["Host": "a", "Authorization": "Bearer one", "Content-Length": "1", "X": "y"],
        ]
        for headers in heads {
            let head = self.head("/", headers)
            // Once more, for a caller that repeats itself.
            for _ in 0..<2 {
                #expect(try reader.read(head).request == HTTPRequest(head, secure: false, splitCookie: false))
            }
        }
    }

    @Test("Key and fields are those of the request, whatever the one before it on the connection had")
    func facts() throws {
        var reader = RequestHeadReader(isSecure: false)
        let heads: [(HTTPHeaders, String?, SentFields)] = [
            (["Authorization": "Bearer one", "Origin": "http://a"], "one", [.origin]),
            (["Authorization": "Bearer one"], "one", []),
            (
                ["x-api-key": "two", "X-Forwarded-For": "1.1.1.1", "Connection": "close"], "two",
                [.forwarding, .connection]
            ),
            ([:], nil, []),
            (["Via": "a", "X-Priority": "batch", "X-Deadline-Ms": "1"], nil, [.forwarding, .priority, .deadline]),
            (["Expect": "100-continue", "Idempotency-Key": "a"], nil, [.expect, .idempotencyKey]),
            (
                ["Traceparent": "a", "X-Request-Id": "b", "Forwarded": "c"], nil,
                [.traceparent, .requestID, .forwarding]
            ),
        ]
        for (headers, key, sent) in heads {
            for uri in ["/", "http://h/"] {
                let head = try reader.read(self.head(uri, headers))
                #expect(try head.key.get() == key && head.sent == sent)
            }
        }
        let unreadable = try reader.read(self.head("/", ["Authorization": "Digest a"]))
        #expect(throws: ServiceError.self) { try unreadable.key.get() }
    }
}
