import Domain

/// The description of all routes that `GET /openapi.json` serves: OpenAPI 3.1, put together once.
///
/// What is special to a route stands in a part (`Parts`): its words in Swift, its schemas as JSON text. What follows from a
/// route's path is made here, by the same rules by which the service goes.
struct APIDocument: Sendable {
    /// The groups of routes, in the order in which they are told.
    static let parts: [APIPart] = [
        .nativeInference, .nativeVision, .nativeMetrics, .nativeBatches, .nativeQueue, .nativeReports, .nativeLogs,
        .nativeModels,
        .ollamaInference, .ollamaModels, .openAI, .openAIResponses, .openAIBatches, .anthropic, .operations,
    ]

    /// The document.
    let json: [UInt8]

    /// Puts the document together.
    ///
    /// - Parameters:
    ///   - version: the service's own version.
    ///   - maxBodyBytes: the largest body of a request.
    init(version: String, maxBodyBytes: Int) {
        var writer = JSONWriter(capacity: 262_144)
        writer.object { writer in
            writer.field("openapi", "3.1.0")
            writer.field("jsonSchemaDialect", "https://spec.openapis.org/oas/3.1/dialect/base")
            writer.key("info")
            writer.object { APIDocument.writeInfo(version, maxBodyBytes, to: &$0) }
            writer.key("servers")
            writer.array { writer in writer.object { $0.field("url", "/") } }
            writer.key("tags")
            writer.array(APIDocument.parts) { writer, part in
                writer.object {
                    $0.field("name", part.tag)
                    $0.field("description", part.text)
                }
            }
            writer.key("paths")
            writer.object { APIDocument.writePaths(to: &$0) }
            writer.key("components")
            writer.object { APIDocument.writeComponents(to: &$0) }
        }
        self.json = writer.bytes
    }

    // MARK: Parts

    private static func writeInfo(_ version: String, _ maxBodyBytes: Int, to writer: inout JSONWriter) {
        writer.field("title", "Shared Ollama")
        writer.field("version", version)
        writer.field("summary", "One service that lets many projects share machines running Ollama.")
        writer.field(
            "description",
            """
            Four dialects over the same engines: native (`/api/v1`), Ollama's (`/api`), OpenAI's and Anthropic's (`/v1`). Errors \
            come in the dialect of the route. A body has at most \(maxBodyBytes) bytes; a field that is `null` counts as absent. A \
            method that a path does not take is 405 with `Allow`. A stream that fails on the way ends in the dialect's \
            error frame, and its connection is closed.
            """
        )
    }

    private static func writePaths(to writer: inout JSONWriter) {
        var paths: [(path: String, operations: [(APIOperation, tag: String)])] = []
        for part in APIDocument.parts {
            for operation in part.operations {
                if let index = paths.firstIndex(where: { $0.path == operation.path }) {
                    paths[index].operations.append((operation, part.tag))
                } else {
                    paths.append((operation.path, [(operation, part.tag)]))
                }
            }
        }
        for (path, operations) in paths {
            writer.key(path)
            writer.object { writer in
                for (operation, tag) in operations {
                    writer.key(operation.method)
                    writer.object { operation.write(tag: tag, to: &$0) }
                }
            }
        }
    }

    private static func writeComponents(to writer: inout JSONWriter) {
        let operations = APIDocument.parts.flatMap(\.operations)
        writer.key("schemas")
        writer.object { writer in
            for text in [APISchemas.shared] + APIDocument.parts.map(\.schemas) {
                for member in JSONObject.known(text).members { writer.field(member.key, member.value) }
            }
        }
        writer.key("parameters")
        writer.object { writer in
            for text in [APIHeaders.parameters] + APIDocument.parts.map(\.parameters) {
                for member in JSONObject.known(text).members { writer.field(member.key, member.value) }
            }
        }
        writer.field("headers", .object(JSONObject.known(APIHeaders.answers)))
        writer.key("responses")
        writer.object { writer in
            let used = operations.flatMap { operation in
                operation.failureStatuses.map { APIFailures.name(operation.errors, $0) }
            }
            APIFailures.write(Set(used), to: &writer)
        }
        writer.field("securitySchemes", .object(JSONObject.known(APISchemas.security)))
    }
}

extension APIOperation {
    /// Writes the operation.
    fileprivate func write(tag: String, to writer: inout JSONWriter) {
        writer.field("operationId", self.id)
        writer.key("tags")
        writer.array { $0.string(tag) }
        writer.field("summary", self.summary)
        writer.field("description", self.details)
        writer.key("parameters")
        writer.array(self.parameters + APIHeaders.parameters(of: self)) { writer, name in
            writer.object { $0.field("$ref", "#/components/parameters/\(name)") }
        }
        if let body = self.body {
            writer.key("requestBody")
            writer.object { body.write(to: &$0) }
        }
        writer.key("responses")
        writer.object { writer in
            for answer in self.answers {
                writer.key(String(answer.status))
                writer.object { self.write(answer, to: &$0) }
            }
            for status in self.failureStatuses where !self.answers.contains(where: { $0.status == status }) {
                writer.key(String(status))
                writer.object { $0.field("$ref", "#/components/responses/\(APIFailures.name(self.errors, status))") }
            }
        }
        writer.key("security")
        // Nothing is also enough where everybody is served, on loopback, or as long as there are no keys.
        writer.array { writer in
            writer.object { _ in }
            guard self.access != .open else { return }
            for scheme in ["bearer", "basic", "apiKey"] {
                writer.object { writer in
                    writer.key(scheme)
                    writer.array { _ in }
                }
            }
        }
    }

    private func write(_ answer: Answer, to writer: inout JSONWriter) {
        writer.field("description", answer.text)
        writer.key("headers")
        writer.object { APIHeaders.write(of: self, to: &$0) }
        guard !answer.content.isEmpty else { return }
        writer.key("content")
        writer.object { writer in
            for (type, schema) in answer.content {
                writer.key(type)
                writer.object { type == "text/event-stream" ? $0.writeEventSchema(schema) : $0.writeSchema(schema) }
            }
        }
    }
}

extension APIOperation.Body {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.field("required", !self.isOptional)
        writer.key("content")
        writer.object { writer in
            writer.key(self.type)
            writer.object { writer in
                writer.writeSchema(self.schema)
                guard !self.examples.isEmpty else { return }
                writer.key("examples")
                writer.object { writer in
                    for (name, json) in self.examples {
                        writer.key(name)
                        writer.object { $0.field("value", .object(JSONObject.known(json))) }
                    }
                }
            }
        }
    }
}

extension JSONWriter {
    fileprivate mutating func writeSchema(_ name: String?) {
        self.key("schema")
        self.object { writer in
            if let name { writer.field("$ref", "#/components/schemas/\(name)") } else { writer.field("type", "string") }
        }
    }
}

extension JSONWriter {
    /// One event of a stream: its data is JSON of a schema, or one word where a dialect ends with one.
    fileprivate mutating func writeEventSchema(_ name: String?) {
        self.key("schema")
        self.object { writer in
            writer.field("type", "object")
            writer.key("properties")
            writer.object { writer in
                writer.key("data")
                writer.object { writer in
                    writer.field("type", "string")
                    guard let name else { return }
                    // Without a media type: the last event of OpenAI's streams is a word and no JSON.
                    writer.key("contentSchema")
                    writer.object { $0.field("$ref", "#/components/schemas/\(name)") }
                }
            }
        }
    }
}

extension JSONObject {
    /// An object of text that is known to be one: it stands in the source.
    static func known(_ text: String) -> JSONObject {
        guard let object = try? JSONParser.parse(Array(text.utf8)).object else {
            preconditionFailure("This is not a JSON object: \(text.prefix(200))")
        }
        return object
    }
}
