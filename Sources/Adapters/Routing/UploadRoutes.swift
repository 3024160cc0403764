import HTTPTypes

/// The routes whose bodies are passed on as they arrive: of any length, and for as long as they go on.
enum UploadRoutes {
    private static let prefix = "/api/blobs/"

    static func contains(_ head: HTTPRequest) -> Bool {
        head.method == .post && (head.path?.hasPrefix(UploadRoutes.prefix) ?? false)
    }
}
