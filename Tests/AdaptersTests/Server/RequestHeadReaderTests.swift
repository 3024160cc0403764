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
        #expect(try reader.read(head) == HTTPRequest(head, secure: false, splitCookie: false))
        var secure = RequestHeadReader(isSecure: true)
        #expect(try secure.read(head).scheme == "https")
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
            #expect(try reader.read(head) == HTTPRequest(head, secure: false, splitCookie: false))
        }
    }
}
