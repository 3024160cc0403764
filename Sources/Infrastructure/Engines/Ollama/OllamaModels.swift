import Application
import Domain
import NIOCore

/// An Ollama's models: its lists, and what else can be done with them.
///
/// Source: Ollama's API documentation, and its `server/routes.go`.
struct OllamaModels: ModelAdministration {
    /// The longest list that is read, in bytes.
    private static let limit = 16_777_216

    let transport: EngineTransport

    // MARK: Lists

    func rows(of list: ModelList) async throws -> [WrittenRow] {
        let path = list == .installed ? "/api/tags" : "/api/ps"
        let answer: WholeResponse
        do {
            answer = try await self.transport.get(path, limit: Self.limit)
        } catch let failure as TransportFailure {
            throw EngineErrors.error(for: failure, deadlines: self.transport.configuration.deadlines)
        }
        guard answer.head.status == 200, let rows = try? OllamaRows.rows(in: answer.body) else {
            throw ServiceError(.engineError, "The engine does not answer \(path) as Ollama does.")
        }
        return rows
    }

    // MARK: Orders

    func open(_ order: ModelOrder) async throws -> any ModelAnswer {
        do {
            if case .pieces(let pieces, let length) = order.body {
                return try await self.upload(pieces, length: length, order)
            }
            return try await self.ask(order)
        } catch let failure as TransportFailure {
            throw EngineErrors.error(for: failure, deadlines: self.deadlines)
        }
    }

    func error(saying body: [UInt8], status: Int, model: ModelName?) -> ServiceError {
        let refusal = EngineRefusal(status: status == 200 ? 500 : status, body: body)
        // The words of Ollama's client of registries for a model that the registry does not have.
        if refusal.message.hasSuffix("file does not exist") {
            return ServiceError(
                .modelNotFound,
                "The registry does not have the model '\(model?.spelling ?? "")'.",
                isRetryable: false
            )
        }
        return EngineErrors.error(for: refusal, model: model?.spelling ?? "")
    }

    // MARK: Parts

    /// The deadlines of orders: an engine checks tens of gigabytes without a word.
    private var deadlines: EngineDeadlines {
        var deadlines = self.transport.configuration.deadlines
        deadlines.idle = deadlines.modelIdle
        return deadlines
    }

    private func ask(_ order: ModelOrder) async throws -> EngineByteAnswer {
        let deadlines = self.deadlines
        let call = self.transport.makeCall(order.operation.isHeadOnly ? .headOnly : .whole)
        var body: [UInt8]?
        if case .whole(let bytes) = order.body { body = bytes }
        let request = self.transport.request(
            order.operation.method,
            order.operation.path,
            body: body,
            requestID: order.requestID
        )
        return try await withTaskCancellationHandler {
            let head = try await call.start(
                request,
                first: order.firstDeadline(deadlines),
                idle: deadlines.idle,
                total: nil
            )
            call.begun()
            return EngineByteAnswer(head: head, call: call, deadlines: deadlines)
        } onCancel: {
            call.cancel(ServiceError.callerLeft)
        }
    }

    /// Sends a body piece by piece while the answer is waited for: an engine that does not want it says so before it is
    /// all there.
    private func upload(
        _ pieces: any AsyncSequence<[UInt8], any Error> & Sendable,
        length: Int?,
        _ order: ModelOrder
    ) async throws -> EngineByteAnswer {
        let deadlines = self.deadlines
        let call = self.transport.makeCall(.upload)
        let request = self.transport.uploadHead(order.operation.path, length: length, requestID: order.requestID)
        return try await withTaskCancellationHandler {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await Self.send(pieces, isChunked: length == nil, to: call) }
                let head = try await call.start(
                    request,
                    first: (.idle, deadlines.idle),
                    idle: deadlines.idle,
                    total: nil
                )
                call.begun()
                group.cancelAll()
                return EngineByteAnswer(head: head, call: call, deadlines: deadlines)
            }
        } onCancel: {
            call.cancel(ServiceError.callerLeft)
        }
    }

    private static func send(
        _ pieces: any AsyncSequence<[UInt8], any Error> & Sendable,
        isChunked: Bool,
        to call: EngineCall
    ) async {
        do {
            for try await piece in pieces where !piece.isEmpty {
                var buffer = ByteBuffer()
                if isChunked { buffer.writeString("\(String(piece.count, radix: 16))\r\n") }
                buffer.writeBytes(piece)
                if isChunked { buffer.writeString("\r\n") }
                guard await call.send(buffer) else { return }
            }
            if isChunked {
                guard await call.send(ByteBuffer(string: "0\r\n\r\n")) else { return }
            }
            call.sent()
        } catch {
            // What has been sent would look like all of it.
            call.cancel((error as? ServiceError) ?? .callerLeft)
        }
    }
}

extension ModelOrder {
    /// How long the engine may take to begin its answer; nil is for ever.
    ///
    /// Without progress it says nothing until it is done, and a model may take hours; the caller can leave.
    fileprivate func firstDeadline(_ deadlines: EngineDeadlines) -> (TransportFailure.Deadline, Duration)? {
        switch self.operation {
        case .pull, .push, .create: self.tellsProgress ? (.idle, deadlines.idle) : nil
        case .show, .copy, .delete, .findBlob, .putBlob: (.firstToken, deadlines.firstToken)
        }
    }
}

extension ModelOperation {
    fileprivate var isHeadOnly: Bool {
        if case .findBlob = self { true } else { false }
    }

    fileprivate var method: String {
        switch self {
        case .delete: "DELETE"
        case .findBlob: "HEAD"
        case .show, .pull, .push, .create, .copy, .putBlob: "POST"
        }
    }

    fileprivate var path: String {
        switch self {
        case .show: "/api/show"
        case .pull: "/api/pull"
        case .push: "/api/push"
        case .create: "/api/create"
        case .copy: "/api/copy"
        case .delete: "/api/delete"
        case .findBlob(let digest), .putBlob(let digest): "/api/blobs/\(digest)"
        }
    }
}

/// Takes Ollama's lists of models apart without rewriting a byte of a row.
enum OllamaRows {
    /// The rows of an answer of `/api/tags` or `/api/ps`; those whose model has no name that can be asked for are left out.
    static func rows(in answer: [UInt8]) throws -> [WrittenRow] {
        var rows: [WrittenRow] = []
        var scanner = JSONScanner(answer)
        try scanner.object { scanner, key in
            guard key.decoded == "models" else { return try scanner.skip() }
            if try scanner.skipNull() { return }
            try scanner.array { scanner in
                let json = try scanner.raw()
                if let row = try OllamaRows.row(Array(json)) { rows.append(row) }
            }
        }
        try scanner.expectEnd()
        return rows
    }

    private static func row(_ json: [UInt8]) throws -> WrittenRow? {
        var name: ModelName?
        var modified: ModificationTime?
        var scanner = JSONScanner(json)
        try scanner.object { scanner, key in
            switch key.decoded {
            case "name" where scanner.peek() == UInt8(ascii: "\""): name = try? ModelName(scanner.string().decoded)
            case "modified_at" where scanner.peek() == UInt8(ascii: "\""):
                modified = try ModificationTime(rfc3339: scanner.string().decoded)
            default: try scanner.skip()
            }
        }
        return name.map { WrittenRow(name: $0, modified: modified, json: json) }
    }
}
