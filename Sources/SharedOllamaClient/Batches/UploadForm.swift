/// A form with one file, as `POST /v1/files` takes it (RFC 7578).
struct UploadForm: Sendable, Equatable {
    let contentType: String
    let bytes: [UInt8]

    /// The upload of a batch's input.
    init(batch lines: [UInt8]) {
        let boundary = RequestIdentifier.make()
        let head =
            "--\(boundary)\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nbatch\r\n"
            + "--\(boundary)\r\nContent-Disposition: form-data; name=\"file\"; filename=\"batch.jsonl\"\r\n"
            + "Content-Type: application/jsonl\r\n\r\n"
        self.contentType = "multipart/form-data; boundary=\(boundary)"
        self.bytes = Array(head.utf8) + lines + Array("\r\n--\(boundary)--\r\n".utf8)
    }
}
