import HTTPTypes

/// The routes whose bodies are taken piece by piece as they arrive, and may take as long as they go on.
///
/// Their length is their routes' own affair.
enum UploadRoutes {
    private static let blobs = "/api/blobs/"
    private static let files = "/v1/files"

    static func contains(_ head: HTTPRequest) -> Bool {
        guard head.method == .post, let path = head.path else { return false }
        if path.hasPrefix(UploadRoutes.blobs) { return true }
        guard path.hasPrefix(UploadRoutes.files) else { return false }
        let next = path.utf8.dropFirst(UploadRoutes.files.utf8.count).first
        return next == nil || next == UInt8(ascii: "?")
    }
}
