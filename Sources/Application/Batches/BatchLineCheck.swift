import Domain

/// Checks one line of an input file.
struct BatchLineCheck {
    /// What a valid line says.
    struct Draft {
        let customID: String
        let model: String
        /// Where its body is.
        let body: Range<Int>
    }

    /// What is wrong with a line.
    struct Fault: Error {
        let code: BatchProblem.Code
        let message: String
        let param: String?
    }

    /// The longest `custom_id`, in bytes.
    static let maximumCustomID = 512

    let endpoint: BatchEndpoint

    /// Checks a line.
    func line(in buffer: [UInt8], _ range: Range<Int>) -> Result<Draft, Fault> {
        do {
            return .success(try self.draft(in: buffer, range))
        } catch let fault as Fault {
            return .failure(fault)
        } catch {
            guard UTF8Check.firstInvalid(in: buffer, from: range.lowerBound, to: range.upperBound) == nil else {
                return .failure(Fault(code: .invalidEncoding, message: "The line is not valid UTF-8.", param: nil))
            }
            let reason = (error as? JSONError)?.description ?? "it cannot be read"
            return .failure(
                Fault(code: .invalidJSONLine, message: "The line is not a JSON object: \(reason)", param: nil)
            )
        }
    }

    private func draft(in buffer: [UInt8], _ range: Range<Int>) throws -> Draft {
        var scanner = JSONScanner(buffer, in: range)
        var customID: String?
        var method: String?
        var url: String?
        var body: Range<Int>?
        guard scanner.peek() == UInt8(ascii: "{") else { throw scanner.error("an object is expected") }
        try scanner.object { scanner, key in
            switch key.decoded {
            case "custom_id": customID = try BatchLineCheck.text("custom_id", &scanner)
            case "method": method = try BatchLineCheck.text("method", &scanner)
            case "url": url = try BatchLineCheck.text("url", &scanner)
            case "body":
                guard scanner.peek() == UInt8(ascii: "{") else {
                    throw BatchLineCheck.invalid("body", "'body' must be an object: the request.")
                }
                let bytes = try scanner.raw()
                body = bytes.startIndex..<bytes.endIndex
            default: try scanner.skip()
            }
        }
        try scanner.expectEnd()
        guard let customID else { throw BatchLineCheck.missing("custom_id") }
        guard (1...BatchLineCheck.maximumCustomID).contains(customID.utf8.count) else {
            throw BatchLineCheck.invalid(
                "custom_id",
                "'custom_id' must be 1 to \(BatchLineCheck.maximumCustomID) bytes long."
            )
        }
        guard let method else { throw BatchLineCheck.missing("method") }
        guard method == "POST" else {
            throw Fault(code: .invalidMethod, message: "'method' must be 'POST'.", param: "method")
        }
        guard let url else { throw BatchLineCheck.missing("url") }
        guard url == self.endpoint.rawValue else {
            throw Fault(
                code: .invalidURL,
                message: "'url' must be '\(self.endpoint.rawValue)', the endpoint of the batch.",
                param: "url"
            )
        }
        guard let body else { throw BatchLineCheck.missing("body") }
        return Draft(customID: customID, model: try self.model(in: buffer, body), body: body)
    }

    /// The canonical name of the model that a body names; empty where none is needed.
    private func model(in buffer: [UInt8], _ body: Range<Int>) throws -> String {
        var scanner = JSONScanner(buffer, in: body)
        var model: String?
        try scanner.object { scanner, key in
            switch key.decoded {
            case "model": model = try scanner.skipNull() ? nil : BatchLineCheck.text("body.model", &scanner)
            case "stream":
                guard scanner.peek() == UInt8(ascii: "t") else { return try scanner.skip() }
                throw BatchLineCheck.invalid("body.stream", "'stream' cannot be true: nobody listens to a batch.")
            default: try scanner.skip()
            }
        }
        guard let model, !model.isEmpty else {
            if self.endpoint.needsModel { throw BatchLineCheck.missing("body.model") }
            return ""
        }
        do {
            return try ModelName(model).canonical
        } catch {
            throw BatchLineCheck.invalid("body.model", "'body.model' is not a model name.")
        }
    }

    private static func text(_ field: String, _ scanner: inout JSONScanner) throws -> String {
        guard scanner.peek() == UInt8(ascii: "\"") else {
            throw BatchLineCheck.invalid(field, "'\(field)' must be a string.")
        }
        return try scanner.string().decoded
    }

    private static func missing(_ field: String) -> Fault {
        Fault(code: .missingField, message: "'\(field)' is missing.", param: field)
    }

    private static func invalid(_ field: String, _ message: String) -> Fault {
        Fault(code: .invalidValue, message: message, param: field)
    }
}

extension BatchEndpoint {
    /// Whether a request has to name its model; the native routes choose one.
    fileprivate var needsModel: Bool {
        switch self {
        case .chatCompletions, .completions, .embeddings: true
        case .nativeChat, .nativeVLM: false
        }
    }
}
