import Application
import Domain
import HTTPTypes
import Hummingbird
import NIOCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// OpenAI's files: `POST|GET /v1/files`, `GET|DELETE /v1/files/{id}` and `GET /v1/files/{id}/content`.
struct FileRoutes: Sendable {
    let files: FileUseCase

    func addRoutes(to router: Router<ServiceContext>) {
        router.post("/v1/files") { request, context in
            let upload = FileUpload(files: self.files)
            return Response(json: FileRoutes.json(try await upload.receive(UploadedBody(request), request, context)))
        }
        router.get("/v1/files") { request, context in
            let query = try ListParameters.query(request, context, limits: 1...10_000, standard: 10_000) { FileID($0) }
            let purpose = request.uri.queryParameters.get("purpose").map { StoredFile.Purpose(rawValue: $0) }
            let page = try await self.files.files(query, purpose: purpose)
            return Response(json: ListParameters.json(page, id: \.id.description, write: FileRoutes.write))
        }
        router.get("/v1/files/:id") { _, context in
            let file = try await self.files.file(try FileRoutes.id(in: context), for: context.caller)
            return Response(json: FileRoutes.json(file))
        }
        router.get("/v1/files/:id/content") { _, context in
            let id = try FileRoutes.id(in: context)
            let (file, content) = try await self.files.content(id, for: context.caller)
            return FileRoutes.download(file, content)
        }
        router.delete("/v1/files/:id") { _, context in
            let id = try FileRoutes.id(in: context)
            try await self.files.remove(id, for: context.caller)
            var writer = JSONWriter()
            writer.object { writer in
                writer.field("id", id.description)
                writer.field("object", "file")
                writer.field("deleted", true)
            }
            return Response(json: writer)
        }
    }

    private static func id(in context: ServiceContext) throws -> FileID {
        guard let id = context.parameters.get("id").flatMap({ FileID($0) }) else {
            throw ServiceError(.notFound, "There is no such file.", isRetryable: false)
        }
        return id
    }

    private static func download(_ file: StoredFile, _ content: any FileContent) -> Response {
        var headers = HTTPFields()
        let isLines = file.purpose == .batch || file.purpose == .batchOutput
        headers[.contentType] = isLines ? "application/jsonl" : "application/octet-stream"
        headers[.contentDisposition] = "attachment"
        headers[.cacheControl] = "no-store"
        return Response(
            status: .ok,
            headers: headers,
            body: ResponseBody(contentLength: content.length.map { Int($0) }) { writer in
                while let bytes = try await content.next() { try await writer.write(ByteBuffer(bytes: bytes)) }
                try await writer.finish(nil)
            }
        )
    }

    // MARK: JSON

    private static func json(_ file: StoredFile) -> JSONWriter {
        var writer = JSONWriter()
        writer.object { FileRoutes.write(file, to: &$0) }
        return writer
    }

    private static func write(_ file: StoredFile, to writer: inout JSONWriter) {
        writer.field("id", file.id.description)
        writer.field("object", "file")
        writer.field("bytes", Int(file.bytes))
        writer.field("created_at", Int(file.createdAt.timeIntervalSince1970))
        writer.time("expires_at", file.expiresAt)
        writer.field("filename", file.filename)
        writer.field("purpose", file.purpose.rawValue)
        writer.field("status", "processed")
        writer.nullField("status_details")
    }
}

extension HTTPField.Name {
    fileprivate static let contentDisposition = HTTPField.Name.known("content-disposition")
}
