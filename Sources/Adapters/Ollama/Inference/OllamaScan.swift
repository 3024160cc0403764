import Application
import Domain

/// What the service has to know of a request in Ollama's words, read in one pass over its bytes.
///
/// Everything else is the engine's affair, and so is a field of a wrong type: it says in its own words what is wrong.
struct OllamaScan {
    /// The model; empty where it is missing.
    private(set) var model = ""
    /// Whether the answer comes piece by piece; it does unless the caller says otherwise.
    private(set) var isStreamed = true
    /// How long the answer may be, with which context, and how long the model stays.
    private(set) var options = GenerationOptions()
    /// Options that change how a model sits in memory for everybody.
    private(set) var runnerOptions: [String] = []
    /// The bytes of the prompt's text.
    private(set) var promptBytes = 0
    /// Where pictures stand, in their order.
    private(set) var pictures: [RelayedRequest.Picture] = []
    /// Whether there is nothing to be answered: such a request loads a model or unloads it.
    private(set) var isEmpty = true

    /// Whether it asks for nothing but that a model leaves the memory.
    var unloads: Bool { self.isEmpty && self.options.keepAlive?.lengthInSeconds == 0 }

    /// Reads a body.
    ///
    /// - Throws: ``ServiceError`` `invalid_request` in Ollama's words.
    init(_ bytes: [UInt8], type: String) throws {
        guard !bytes.isEmpty else { throw ServiceError(.invalidRequest, "missing request body") }
        do {
            var scanner = JSONScanner(bytes)
            guard scanner.peek() == UInt8(ascii: "{") else {
                // Reads to the end, so that broken JSON is told before a wrong type.
                let value = try JSONParser.parse(bytes)
                throw ServiceError(
                    .invalidRequest,
                    "json: cannot unmarshal \(OllamaScan.kind(value)) into Go value of type api.\(type)"
                )
            }
            try scanner.object { scanner, key in try self.field(key, &scanner, type) }
            try scanner.expectEnd()
        } catch let error as JSONError {
            throw OllamaScan.told(error, length: bytes.count)
        }
    }

    /// How Ollama's decoder calls a broken text.
    private static func told(_ error: JSONError, length: Int) -> ServiceError {
        ServiceError(.invalidRequest, error.offset >= length ? "unexpected EOF" : error.description)
    }

    private mutating func field(_ key: JSONText, _ scanner: inout JSONScanner, _ type: String) throws {
        if try scanner.skipNull() { return }
        switch key {
        case "model": self.model = try OllamaScan.model(&scanner, type)
        case "stream":
            if scanner.peek() == UInt8(ascii: "t") || scanner.peek() == UInt8(ascii: "f") {
                self.isStreamed = try scanner.bool()
            } else {
                try scanner.skip()
            }
        case "keep_alive": self.options.keepAlive = try OllamaScan.keepAlive(&scanner)
        case "options": try self.readOptions(&scanner)
        case "system": try self.text(&scanner, counts: false)
        case "prompt", "suffix", "input": try self.text(&scanner, counts: true)
        case "messages": try self.messages(&scanner)
        case "images": try self.images(&scanner, at: "/images", of: 0)
        default: try scanner.skip()
        }
    }

    private static func model(_ scanner: inout JSONScanner, _ type: String) throws -> String {
        guard scanner.peek() == UInt8(ascii: "\"") else {
            let value = try JSONParser.value(&scanner)
            throw ServiceError(
                .invalidRequest,
                "json: cannot unmarshal \(OllamaScan.kind(value)) into Go struct field \(type).model of type string"
            )
        }
        return try scanner.string().decoded
    }

    /// What Go calls the kind of a JSON value.
    private static func kind(_ value: JSONValue) -> String {
        switch value {
        case .null: "null"
        case .bool: "bool"
        case .number: "number"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }

    private static func keepAlive(_ scanner: inout JSONScanner) throws -> KeepAlive? {
        switch try JSONParser.value(&scanner) {
        case .number(let number): .seconds(number.double)
        case .string(let text): try? KeepAlive(duration: text)
        default: nil
        }
    }

    private mutating func readOptions(_ scanner: inout JSONScanner) throws {
        guard scanner.peek() == UInt8(ascii: "{") else { return try scanner.skip() }
        self.options.maxTokens = nil
        self.options.contextLength = nil
        self.runnerOptions = []
        try scanner.object { scanner, key in
            switch key {
            case "num_predict": self.options.maxTokens = try OllamaScan.count(&scanner)
            case "num_ctx": self.options.contextLength = try OllamaScan.count(&scanner)
            // Source: Ollama, `server/sched.go`, needsReload.
            case "num_batch", "num_gpu", "main_gpu", "use_mmap", "num_thread", "draft_num_predict":
                self.runnerOptions.append(key.decoded)
                try scanner.skip()
            default: try scanner.skip()
            }
        }
    }

    /// A number of something; nil for what is none, which the engine will find fault with.
    private static func count(_ scanner: inout JSONScanner) throws -> Int? {
        switch scanner.peek() ?? 0 {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): return try scanner.wholeNumber().flatMap { $0 > 0 ? $0 : nil }
        default:
            try scanner.skip()
            return nil
        }
    }

    /// A text, or several.
    private mutating func text(_ scanner: inout JSONScanner, counts: Bool) throws {
        switch scanner.peek() {
        case UInt8(ascii: "\"")?:
            let length = try scanner.string().escaped.count
            self.promptBytes += length
            if counts, length > 0 { self.isEmpty = false }
        case UInt8(ascii: "[")?: try scanner.array { scanner in try self.text(&scanner, counts: counts) }
        default: try scanner.skip()
        }
    }

    private mutating func messages(_ scanner: inout JSONScanner) throws {
        guard scanner.peek() == UInt8(ascii: "[") else { return try scanner.skip() }
        var index = 0
        try scanner.array { scanner in
            defer { index += 1 }
            self.isEmpty = false
            guard scanner.peek() == UInt8(ascii: "{") else { return try scanner.skip() }
            try scanner.object { scanner, key in
                if try scanner.skipNull() { return }
                switch key {
                case "content": try self.text(&scanner, counts: false)
                case "images": try self.images(&scanner, at: "/messages/\(index)/images", of: index)
                default: try scanner.skip()
                }
            }
        }
    }

    private mutating func images(_ scanner: inout JSONScanner, at pointer: String, of message: Int) throws {
        guard scanner.peek() == UInt8(ascii: "[") else { return try scanner.skip() }
        var index = 0
        try scanner.array { scanner in
            defer { index += 1 }
            self.isEmpty = false
            guard scanner.peek() == UInt8(ascii: "\"") else { return try scanner.skip() }
            let text = try scanner.string().escaped
            self.pictures.append(
                .init(range: text.startIndex..<text.endIndex, pointer: "\(pointer)/\(index)", message: message)
            )
        }
    }
}
