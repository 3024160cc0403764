import HTTPTypes
import Testing

@testable import Adapters

@Suite("The routes that take uploads")
struct UploadRoutesTests {
    private func contains(_ path: String, _ method: HTTPRequest.Method = .post) -> Bool {
        UploadRoutes.contains(HTTPRequest(method: method, scheme: nil, authority: nil, path: path))
    }

    @Test("Files and blobs are uploads, whatever the query", arguments: ["/v1/files", "/v1/files?a=b", "/api/blobs/x"])
    func uploads(path: String) {
        #expect(self.contains(path))
        #expect(!self.contains(path, .get))
    }

    @Test(
        "What only begins like one is none",
        arguments: ["/v1/files/x", "/v1/filesystem", "/v1/file", "/api/blobs", "/"]
    )
    func others(path: String) {
        #expect(!self.contains(path))
    }
}
