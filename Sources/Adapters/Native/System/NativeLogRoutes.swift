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

/// `GET /api/v1/system/logs` and `/api/v1/system/logs/{name}`: the logs of the service and of the engines that it started,
/// for admins.
struct NativeLogRoutes: Sendable {
    let logs: ReadLogsUseCase
    let health: HealthUseCase

    /// How many lines are told where nobody says how many.
    private static let usualLines = 100

    func addRoutes(to router: Router<ServiceContext>) {
        router.get("/api/v1/system/logs") { _, context in
            try context.requireAdmin()
            return Response(json: Self.body(try await self.logs.logs().filter { !$0.log.isPrivate }))
        }
        router.get("/api/v1/system/logs/:name") { request, context in
            try context.requireAdmin()
            let parameters = LogParameters(request)
            let log = try Self.log(context.parameters.get("name") ?? "")
            let query = LogQuery(
                lines: try parameters.lines ?? Self.usualLines,
                containing: try parameters.contains ?? ""
            )
            let piece = try await self.logs.tail(log, query)
            return try parameters.follows ? self.stream(log, query, piece, context) : Self.whole(log, piece)
        }
    }

    private static func log(_ name: String) throws -> LogName {
        guard let log = LogName(rawValue: name), !log.isPrivate else {
            let names = LogName.allCases.filter { !$0.isPrivate }.map(\.rawValue).joined(separator: ", ")
            throw ServiceError(
                .notFound,
                "There is no log '\(name.prefix(64))'; there are \(names).",
                isRetryable: false
            )
        }
        return log
    }

    // MARK: Answers

    private static func body(_ logs: [LogFile]) -> JSONWriter {
        var writer = JSONWriter()
        writer.object { writer in
            writer.key("logs")
            writer.array(logs) { writer, log in
                writer.object {
                    $0.field("name", log.log.rawValue)
                    $0.field("bytes", log.bytes)
                    $0.field("modified_at", log.modifiedAt.formatted(.iso8601))
                }
            }
        }
        return writer
    }

    private static func headers(_ log: LogName) -> HTTPFields {
        var headers: HTTPFields = [.cacheControl: "no-store"]
        headers[.contentType] = log.hasJSONLines ? "application/x-ndjson" : "text/plain; charset=utf-8"
        // What an engine wrote is text, whatever it looks like.
        headers[.known("x-content-type-options")] = "nosniff"
        return headers
    }

    private static func whole(_ log: LogName, _ piece: LogPiece) -> Response {
        Response(
            status: .ok,
            headers: self.headers(log),
            body: .init(byteBuffer: ByteBuffer(bytes: piece.bytes))
        )
    }

    /// The last lines, and then each new one, until the reader leaves or the service stops.
    private func stream(_ log: LogName, _ query: LogQuery, _ piece: LogPiece, _ context: ServiceContext) -> Response {
        var headers = Self.headers(log)
        headers[.xAccelBuffering] = "no"
        context.watch?.arm()
        return Response(
            status: .ok,
            headers: headers,
            body: ResponseBody { writer in
                defer { context.watch?.disarm() }
                // Also without a line the head goes out at once.
                try await writer.write(ByteBuffer(bytes: piece.bytes))
                var position = piece.position
                // A service that stops does not wait for those who only watch.
                while !self.health.isDraining {
                    let piece = try await self.logs.next(log, query, after: position)
                    position = piece.position
                    if !piece.bytes.isEmpty { try await writer.write(ByteBuffer(bytes: piece.bytes)) }
                }
                try await writer.finish(nil)
            }
        )
    }
}

/// Reads what stands behind the `?` of a log's path.
private struct LogParameters {
    /// The longest text that may be looked for, in bytes.
    private static let longestText = 256

    private let request: Request

    init(_ request: Request) {
        self.request = request
    }

    /// `lines`: how many; nil if it is absent.
    var lines: Int? {
        get throws {
            guard let text = self.request.uri.queryParameters.get("lines") else { return nil }
            guard let lines = Int(text), (1...LogQuery.lineLimit).contains(lines) else {
                throw self.fault(
                    "lines",
                    "'\(text.prefix(32))' is not a number of lines from 1 to \(LogQuery.lineLimit)."
                )
            }
            return lines
        }
    }

    /// `contains`: what stands in the lines that are wanted; nil if it is absent.
    var contains: String? {
        get throws {
            guard let text = self.request.uri.queryParameters.get("contains") else { return nil }
            guard text.utf8.count <= Self.longestText, !text.contains(where: \.isNewline) else {
                throw self.fault("contains", "The text is longer than \(Self.longestText) bytes, or has several lines.")
            }
            return text
        }
    }

    /// `follow`: whether what comes later is wanted as well.
    var follows: Bool {
        get throws {
            switch self.request.uri.queryParameters.get("follow") {
            case nil, "false": return false
            case "true": return true
            case let text?: throw self.fault("follow", "'\(text.prefix(32))' is neither true nor false.")
            }
        }
    }

    private func fault(_ name: String, _ message: String) -> ServiceError {
        ServiceError(.invalidRequest, field: "/\(name)", message)
    }
}
