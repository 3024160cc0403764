import Foundation
import NIOHTTP1
import OllamaTestDouble
import Testing

extension EndToEnd {
    @Suite("Files", .light)
    struct Files {
        @Test("A file is uploaded, listed, read and deleted, and survives a kill")
        func life() async throws {
            let directory = try TemporaryDirectory()
            defer { directory.remove() }
            let content = Array("line 1\r\n--b-\r\nline 2\n".utf8) + (0...255).map { UInt8($0) }
            var id = ""
            try await Stage.ollama(dataDirectory: directory.path) { service, _ in
                let calls = BatchCalls(client: service.client)
                let answer = try await calls.upload(content, purpose: "user_data")
                #expect(answer.status == 200, "\(answer)")
                #expect(answer.json?["object"] == "file" && answer.json?["filename"] == "in.jsonl")
                #expect(
                    answer.json?["bytes"] == .number(Double(content.count)) && answer.json?["purpose"] == "user_data"
                )
                #expect(answer.json?["status"] == "processed" && answer.json?["expires_at"]?.number != nil)
                id = try #require(answer.json?["id"]?.string)
                await service.process.kill()
            }
            try await Stage.ollama(dataDirectory: directory.path) { service, _ in
                let calls = BatchCalls(client: service.client)
                let read = try await calls.get("/v1/files/\(id)/content")
                #expect(read.status == 200 && read.body == content, "\(read)")
                let list = try await calls.get("/v1/files?purpose=user_data&limit=1&order=asc").json ?? .null
                #expect(list["data"]?[0]?["id"] == .string(id) && list["has_more"] == false)
                #expect(list["first_id"] == .string(id) && list["last_id"] == .string(id))
                #expect(try await calls.get("/v1/files?purpose=batch").json?["data"] == [])
                let deleted = try await calls.delete("/v1/files/\(id)")
                #expect(deleted.json == ["id": .string(id), "object": "file", "deleted": true])
                for path in ["/v1/files/\(id)", "/v1/files/\(id)/content", "/v1/files/none", "/v1/files/file-none"] {
                    let gone = try await calls.get(path)
                    #expect(gone.status == 404 && gone.json?["error"]?["code"] == "not_found", "\(gone)")
                }
                #expect(try await calls.delete("/v1/files/\(id)").status == 404)
                let contents = try FileManager.default.contentsOfDirectory(atPath: "\(directory.path)/files")
                #expect(contents.isEmpty)
            }
        }

        @Test("What is no upload is refused by name")
        func refusals() async throws {
            try await Stage.ollama { service, _ in
                let calls = BatchCalls(client: service.client)
                let noPurpose = try await calls.upload("x".utf8, purpose: nil)
                #expect(noPurpose.status == 400 && noPurpose.json?["error"]?["param"] == "purpose", "\(noPurpose)")
                let other = try await calls.upload("x".utf8, purpose: "batch_output")
                #expect(other.status == 400 && other.json?["error"]?["param"] == "purpose", "\(other)")
                let json = try await calls.post("/v1/files", ["purpose": "batch"])
                #expect(json.status == 400, "\(json)")
                let type: HTTPHeaders = ["Content-Type": "multipart/form-data; boundary=b-1"]
                for body in [
                    "", "--b-1--", "--b-1\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nx\r\n--b-1--",
                ] {
                    let answer = try await service.client.call(
                        .POST,
                        "/v1/files",
                        headers: type,
                        body: Array(body.utf8)
                    )
                    #expect(answer.status == 400, "\(body): \(answer)")
                }
                for query in ["limit=0", "limit=x", "order=up", "after=x"] {
                    let answer = try await calls.get("/v1/files?\(query)")
                    #expect(answer.status == 400 && answer.json?["error"]?["param"] != nil, "\(answer)")
                }
                let left = try FileManager.default.contentsOfDirectory(atPath: "\(service.dataDirectory)/files")
                #expect(left.isEmpty)
            }
        }

        @Test("A file that is too large is refused while it is read, and one too many as well")
        func limits() async throws {
            let settings = ["BATCHES_MAX_FILE_BYTES": "100000", "BATCHES_MAX_FILES_PER_PROJECT": "1"]
            try await Stage.ollama(settings: settings) { service, _ in
                let calls = BatchCalls(client: service.client)
                let large = try await calls.upload([UInt8](repeating: 0x61, count: 1_000_000))
                #expect(large.status == 413 && large.json?["error"]?["code"] == "request_too_large", "\(large)")
                // Without a length it is found out on the way.
                let chunked = try await RawClient.exchange(port: service.port, Self.chunked(pieces: 50, of: 10_000))
                #expect(chunked.status == 413 && chunked.header("Connection") == "close", "\(chunked)")
                let left = try FileManager.default.contentsOfDirectory(atPath: "\(service.dataDirectory)/files")
                #expect(left.isEmpty)
                #expect(try await calls.upload([UInt8](repeating: 0x61, count: 100_000)).status == 200)
                let second = try await calls.upload("x".utf8)
                #expect(second.status == 429 && second.json?["error"]?["code"] == "quota_exceeded", "\(second)")
                #expect(second.header("x-should-retry") == "false")
            }
        }

        /// A form in chunks that does not end.
        private static func chunked(pieces: Int, of size: Int) -> [UInt8] {
            let type = "multipart/form-data; boundary=b-1"
            let form = "--b-1\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n"
            var bytes = Array(
                ("POST /v1/files HTTP/1.1\r\nHost: localhost\r\nContent-Type: \(type)\r\n"
                    + "Transfer-Encoding: chunked\r\n\r\n\(String(form.utf8.count, radix: 16))\r\n\(form)\r\n").utf8
            )
            for _ in 0..<pieces {
                bytes += "\(String(size, radix: 16))\r\n".utf8
                bytes += [UInt8](repeating: 0x61, count: size)
                bytes += "\r\n".utf8
            }
            return bytes
        }

        @Test("No room is 507, and says what to do")
        func room() async throws {
            try await Stage.ollama(settings: ["BATCHES_MAX_STORAGE_BYTES": "1048576"]) { service, _ in
                let calls = BatchCalls(client: service.client)
                let first = try await calls.upload([UInt8](repeating: 0x61, count: 700_000))
                #expect(first.status == 200)
                let second = try await calls.upload([UInt8](repeating: 0x62, count: 700_000))
                #expect(second.status == 507 && second.json?["error"]?["code"] == "storage_full", "\(second)")
                // The same content takes no more room.
                _ = try await calls.delete("/v1/files/\(first.json?["id"]?.string ?? "")")
                #expect(try await calls.upload([UInt8](repeating: 0x62, count: 700_000)).status == 200)
            }
        }

        @Test("An upload whose caller leaves leaves nothing behind")
        func callerLeaves() async throws {
            try await Stage.ollama { service, _ in
                let connection = try await RawClient.open(port: service.port)
                let head =
                    "POST /v1/files HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=b-1\r\n"
                    + "Content-Length: 100000\r\n\r\n--b-1\r\n"
                    + "Content-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nabc"
                try await connection.send(head)
                let path = "\(service.dataDirectory)/files"
                func count() throws -> Int { try FileManager.default.contentsOfDirectory(atPath: path).count }
                try await eventually("the upload has begun") { try count() == 1 }
                await connection.leave()
                try await eventually("nothing is left of it") { try count() == 0 }
            }
        }
    }
}
