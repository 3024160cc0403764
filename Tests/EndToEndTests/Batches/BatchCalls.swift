import Foundation
import NIOHTTP1
import Testing

/// Calls of files and batches, as a client makes them.
struct BatchCalls: Sendable {
    let client: Client
    var headers: HTTPHeaders = [:]

    /// A line of an input file.
    static func line(_ id: String, model: String = "smollm2", content: String = "hi") -> String {
        #"{"custom_id": "\#(id)", "method": "POST", "url": "/v1/chat/completions", "#
            + #""body": {"model": "\#(model)", "messages": [{"role": "user", "content": "\#(content)"}]}}"#
    }

    static func form(_ content: some Sequence<UInt8>, purpose: String? = "batch") -> [UInt8] {
        var form: [UInt8] = []
        if let purpose {
            form += "--b-1\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\n\(purpose)\r\n".utf8
        }
        form += "--b-1\r\nContent-Disposition: form-data; name=\"file\"; filename=\"in.jsonl\"\r\n\r\n".utf8
        form += content
        form += "\r\n--b-1--\r\n".utf8
        return form
    }

    private func headers(_ more: HTTPHeaders) -> HTTPHeaders {
        var headers = self.headers
        headers.add(contentsOf: more)
        return headers
    }

    func upload(_ content: some Sequence<UInt8>, purpose: String? = "batch") async throws -> Answer {
        try await self.client.call(
            .POST,
            "/v1/files",
            headers: self.headers(["Content-Type": "multipart/form-data; boundary=b-1"]),
            body: Self.form(content, purpose: purpose)
        )
    }

    func get(_ path: String) async throws -> Answer { try await self.client.get(path, headers: self.headers) }

    func delete(_ path: String) async throws -> Answer {
        try await self.client.call(.DELETE, path, headers: self.headers)
    }

    func post(_ path: String, _ body: JSON = [:], headers: HTTPHeaders = [:]) async throws -> Answer {
        try await self.client.post(path, body, headers: self.headers(headers))
    }

    func create(
        _ file: String,
        endpoint: String = "/v1/chat/completions",
        window: String = "24h",
        headers: HTTPHeaders = [:]
    ) async throws -> Answer {
        let body: JSON = [
            "input_file_id": .string(file), "endpoint": .string(endpoint), "completion_window": .string(window),
        ]
        return try await self.post("/v1/batches", body, headers: headers)
    }

    /// Uploads lines and makes a batch of them.
    func batch(_ lines: [String]) async throws -> String {
        let file = try await self.upload(lines.joined(separator: "\n").utf8)
        let answer = try await self.create(try #require(file.json?["id"]?.string, "\(file)"))
        return try #require(answer.json?["id"]?.string, "\(answer)")
    }

    /// Waits until a batch has a status.
    func wait(for id: String, until statuses: Set<String>, within limit: Duration = .seconds(120)) async throws -> JSON
    {
        let end = ContinuousClock.now + limit
        while true {
            let batch = try await self.get("/v1/batches/\(id)").json ?? .null
            if let status = batch["status"]?.string, statuses.contains(status) { return batch }
            guard ContinuousClock.now < end else {
                Issue.record("the batch is not \(statuses) yet: \(batch)")
                return batch
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    /// The lines of a file that a batch wrote; none where there is no file.
    func lines(of file: JSON?) async throws -> [JSON] {
        guard let id = file?.string else { return [] }
        let answer = try await self.get("/v1/files/\(id)/content")
        try #require(answer.status == 200 && answer.isComplete, "\(answer)")
        return try String(decoding: answer.body, as: UTF8.self).split(separator: "\n").map {
            try JSON(parsing: String($0))
        }
    }

    static let ends: Set<String> = ["completed", "failed", "expired", "cancelled"]
}
