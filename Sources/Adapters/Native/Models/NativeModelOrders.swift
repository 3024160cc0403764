import Domain

/// Reads the bodies of native requests that change models, and writes what the engine is asked for.
struct NativeModelOrders {
    /// The model that is to be there afterwards.
    let model: ModelName
    /// Whether the caller wants to be told how far it has come.
    let isStreamed: Bool
    /// The engine's request.
    let body: [UInt8]

    /// What Ollama's `/api/create` knows, apart from the model and from how it answers.
    private static let ingredients = [
        "from", "files", "adapters", "template", "license", "system", "parameters", "messages", "quantize", "renderer",
        "parser",
    ]

    /// Reads `POST /api/v1/models/create`.
    ///
    /// - Throws: ``ServiceError`` with every field at fault.
    static func create(_ object: JSONObject) throws -> NativeModelOrders {
        let reader = FieldReader(object, faults: FaultList())
        let model = NativeModelOrders.name("model", reader)
        let isStreamed = reader.bool("stream") ?? false
        var fields = JSONObject()
        for key in NativeModelOrders.ingredients { fields[key] = reader.value(key) }
        if fields["from"] == nil, fields["files"] == nil {
            reader.fault("from", "A model is made of another, by 'from', or of files, by 'files'.")
        }
        reader.refuseUnknownFields()
        let name = try NativeModelOrders.checked(model, reader)
        fields["model"] = .string(name.spelling)
        fields["stream"] = .bool(isStreamed)
        return NativeModelOrders(model: name, isStreamed: isStreamed, body: self.body(fields))
    }

    /// Reads `POST /api/v1/models/pull`.
    ///
    /// - Throws: ``ServiceError`` with every field at fault.
    static func pull(_ object: JSONObject) throws -> NativeModelOrders {
        let reader = FieldReader(object, faults: FaultList())
        let key = reader.isPresent("model") || !reader.isPresent("name") ? "model" : "name"
        let model = NativeModelOrders.name(key, reader)
        let isStreamed = reader.bool("stream") ?? false
        let isInsecure = reader.bool("insecure") ?? false
        reader.refuseUnknownFields()
        let name = try NativeModelOrders.checked(model, reader)
        let body = self.body([
            "model": .string(name.spelling), "insecure": .bool(isInsecure), "stream": .bool(true),
        ])
        return NativeModelOrders(model: name, isStreamed: isStreamed, body: body)
    }

    /// Reads `POST /api/v1/models/{name}/copy`.
    ///
    /// - Throws: ``ServiceError`` with every field at fault.
    static func destination(_ object: JSONObject) throws -> ModelName {
        let reader = FieldReader(object, faults: FaultList())
        let name = NativeModelOrders.name("destination", reader)
        reader.refuseUnknownFields()
        return try NativeModelOrders.checked(name, reader)
    }

    /// The body of an engine's request.
    static func body(_ fields: JSONObject) -> [UInt8] {
        var writer = JSONWriter()
        writer.value(.object(fields))
        return writer.bytes
    }

    private static func name(_ key: String, _ reader: FieldReader) -> ModelName? {
        guard let text = reader.requiredString(key) else { return nil }
        do {
            return try ModelName(text)
        } catch {
            reader.faults.add(reader.pointer(to: key), error)
            return nil
        }
    }

    private static func checked(_ name: ModelName?, _ reader: FieldReader) throws -> ModelName {
        guard reader.faults.all.isEmpty, let name else {
            throw ServiceError(
                reader.faults.code,
                reader.faults.all.first?.detail ?? "The body is not valid.",
                faults: reader.faults.all,
                isRetryable: false
            )
        }
        return name
    }
}
