import NIOCore
import NIOHTTP1

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A form with one file, as `POST /v1/files` takes it (RFC 7578).
struct MultipartUpload: Sendable {
    let filename: String
    private let boundary = "shared-ollama-\(UUID().uuidString)"
    /// So much is sent at once.
    private static let pieceBytes = 262_144

    init(filename: String) {
        self.filename = filename
    }

    /// The call that uploads a content.
    func call(_ content: [UInt8]) -> ServiceCall {
        let name = self.filename.replacing("\"", with: "%22").replacing("\r", with: "").replacing("\n", with: "")
        let head =
            "--\(self.boundary)\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nbatch\r\n"
            + "--\(self.boundary)\r\nContent-Disposition: form-data; name=\"file\"; filename=\"\(name)\"\r\n"
            + "Content-Type: application/jsonl\r\n\r\n"
        let body = Array(head.utf8) + content + Array("\r\n--\(self.boundary)--\r\n".utf8)
        return ServiceCall(
            .POST,
            "/v1/files",
            pieces: Pieces(body: ByteBuffer(bytes: body), size: Self.pieceBytes),
            length: body.count,
            contentType: "multipart/form-data; boundary=\(self.boundary)"
        )
    }

    /// A body in pieces, so that a service that does not want it can say so before all of it has been sent.
    private struct Pieces: AsyncSequence, AsyncIteratorProtocol, Sendable {
        typealias Element = ByteBuffer
        typealias Failure = any Error

        var body: ByteBuffer
        let size: Int

        func makeAsyncIterator() -> Pieces { self }

        mutating func next() async throws -> ByteBuffer? {
            self.body.readableBytes > 0
                ? self.body.readSlice(length: Swift.min(self.size, self.body.readableBytes)) : nil
        }
    }
}

/// A file that a command reads.
enum InputFile {
    /// The largest file that is read, in bytes: more than the service takes by default.
    private static let limit = 1_073_741_824

    /// Reads a file.
    ///
    /// - Throws: ``ClientFailure`` for one that cannot be read, or is larger than any service takes.
    static func read(_ path: String) throws -> [UInt8] {
        do {
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            if let size = attributes[.size] as? Int, size > InputFile.limit {
                throw ClientFailure.usage("\(path) has \(PlainWords.bytes(size)); no service takes as much")
            }
            return Array(try Data(contentsOf: URL(fileURLWithPath: path)))
        } catch let failure as ClientFailure {
            throw failure
        } catch {
            throw ClientFailure.usage("\(path) cannot be read: is it there, and yours to read?")
        }
    }
}
