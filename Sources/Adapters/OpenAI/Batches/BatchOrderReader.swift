import Application
import Domain

/// Reads the body of `POST /v1/batches`.
enum BatchOrderReader {
    private static let maximumLabels = 16
    private static let maximumKey = 64
    private static let maximumValue = 512

    /// Reads an order.
    ///
    /// - Throws: ``ServiceError`` `invalid_request` with every field at fault.
    static func read(_ body: JSONObject) throws -> BatchUseCase.Order {
        let faults = FaultList()
        let reader = FieldReader(body, faults: faults)
        let input = reader.requiredString("input_file_id")
        let endpoint = reader.requiredString("endpoint").flatMap { text in
            BatchOrderReader.noting(faults) { try BatchEndpoint(named: text) }
        }
        let window = reader.requiredString("completion_window")
        let labels = BatchOrderReader.labels(reader.value("metadata"), faults)
        let life = reader.object("output_expires_after") { after -> Duration? in
            let anchor = after.requiredString("anchor")
            guard let anchor, let seconds = after.integer("seconds", in: 0...Int.max) else { return nil }
            return BatchOrderReader.noting(faults) {
                try ExpiresAfter.life(anchor: anchor, seconds: seconds, at: after.pointer)
            }
        }
        try faults.throwIfAny()
        guard let input, let endpoint, let window, let file = FileID(input) else {
            let input = input ?? ""
            throw ServiceError(
                .invalidRequest,
                field: "/input_file_id",
                "'\(input.prefix(80))' is not the id of a file."
            )
        }
        return BatchUseCase.Order(
            inputFile: file,
            endpoint: endpoint,
            window: window,
            metadata: labels,
            outputLife: life
        )
    }

    private static func labels(_ value: JSONValue?, _ faults: FaultList) -> [BatchLabel] {
        guard let value else { return [] }
        guard let members = value.object?.members, members.count <= BatchOrderReader.maximumLabels else {
            faults.add("/metadata", "It must be an object with at most \(BatchOrderReader.maximumLabels) fields.")
            return []
        }
        return members.compactMap { member in
            guard member.key.count <= BatchOrderReader.maximumKey, let text = member.value.string,
                text.count <= BatchOrderReader.maximumValue
            else {
                faults.add(
                    "/metadata",
                    "Its keys have at most \(BatchOrderReader.maximumKey) characters, its values are strings of at most "
                        + "\(BatchOrderReader.maximumValue)."
                )
                return nil
            }
            return BatchLabel(key: member.key, value: text)
        }
    }

    private static func noting<Value>(_ faults: FaultList, _ body: () throws -> Value) -> Value? {
        do {
            return try body()
        } catch {
            faults.add("", error)
            return nil
        }
    }
}
