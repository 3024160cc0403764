import Application
import Domain
import HTTPTypes
import Hummingbird

/// One upload: the form is read as it comes, its file goes to the store piece by piece.
struct FileUpload {
    let files: FileUseCase
    /// The longest name of a file that is kept, in characters.
    private static let maximumFilename = 255
    /// What the fields beside the file may take, in bytes.
    private static let formRoom = 65_536

    /// Takes a file in.
    ///
    /// - Throws: ``ServiceError`` for what is no form, or not a form with a file and a purpose, for a file that is too
    ///   large, and for what the store says.
    func receive(_ body: UploadedBody, _ request: Request, _ context: ServiceContext) async throws -> StoredFile {
        let boundary = try MultipartForm.boundary(in: request.headers[.contentType])
        let limit = self.files.maxFileBytes
        guard body.length ?? 0 <= limit + FileUpload.formRoom else {
            throw ServiceError(.requestTooLarge, "The file is larger than \(limit) bytes (batches.max_file_bytes).")
        }
        let incoming = try await self.files.beginUpload(for: context.caller)
        do {
            return try await self.receive(body, MultipartStream(boundary: boundary), into: incoming, context)
        } catch {
            await incoming.discard()
            throw error
        }
    }

    private func receive(
        _ body: UploadedBody,
        _ stream: MultipartStream,
        into incoming: IncomingFile,
        _ context: ServiceContext
    ) async throws -> StoredFile {
        var stream = stream
        var values: [String: String] = [:]
        var filename: String?
        for try await piece in body {
            for part in try stream.take(piece) {
                switch part {
                case .value(let name, let value): values[name] = value
                case .file("file", let name, let bytes):
                    filename = name
                    if !bytes.isEmpty { try await incoming.write(bytes) }
                case .file(let name, _, _):
                    throw ServiceError(
                        .invalidRequest,
                        field: "/\(name.prefix(60))",
                        "The file belongs in the field 'file'."
                    )
                }
            }
        }
        try stream.end()
        guard let filename else {
            throw ServiceError(.invalidRequest, field: "/file", "The field 'file', with a filename, is missing.")
        }
        return try await self.files.finish(
            incoming,
            filename: String(filename.prefix(FileUpload.maximumFilename)),
            purpose: try FileUpload.purpose(values["purpose"]),
            life: try FileUpload.life(values),
            for: context.caller
        )
    }

    private static func purpose(_ text: String?) throws -> StoredFile.Purpose {
        guard let text else {
            throw ServiceError(.invalidRequest, field: "/purpose", "The field 'purpose' is missing.")
        }
        let purpose = StoredFile.Purpose(rawValue: text)
        guard StoredFile.Purpose.uploadable.contains(purpose) else {
            let known = StoredFile.Purpose.uploadable.map(\.rawValue).joined(separator: ", ")
            throw ServiceError(
                .invalidRequest,
                field: "/purpose",
                "'\(text.prefix(40))' is no purpose of a file; these are: \(known)."
            )
        }
        return purpose
    }

    /// `expires_after[anchor]` and `expires_after[seconds]`.
    private static func life(_ values: [String: String]) throws -> Duration? {
        guard let text = values["expires_after[seconds]"] else { return nil }
        guard let seconds = Int(text) else {
            throw ServiceError(
                .invalidRequest,
                field: "/expires_after/seconds",
                "'expires_after[seconds]' must be a whole number."
            )
        }
        return try ExpiresAfter.life(anchor: values["expires_after[anchor]"], seconds: seconds, at: "/expires_after")
    }
}

/// How long something is kept, as OpenAI's clients say it.
enum ExpiresAfter {
    private static let range = 3600...2_592_000

    /// Checks what a caller wants.
    ///
    /// - Throws: ``ServiceError`` `invalid_request` unless the anchor is `created_at` and it is an hour to 30 days.
    static func life(anchor: String?, seconds: Int, at pointer: String) throws -> Duration {
        guard anchor == "created_at" else {
            throw ServiceError(.invalidRequest, field: "\(pointer)/anchor", "The anchor must be 'created_at'.")
        }
        guard ExpiresAfter.range.contains(seconds) else {
            throw ServiceError(
                .invalidRequest,
                field: "\(pointer)/seconds",
                "The seconds must be \(ExpiresAfter.range.lowerBound) to \(ExpiresAfter.range.upperBound)."
            )
        }
        return .seconds(seconds)
    }
}
