import Domain
import HTTPTypes

/// What a path below `/api/v1/models/` asks for.
///
/// A name may have slashes, percent-encoded or not.
enum NativeModelPath: Equatable {
    /// `GET /ps`
    case loaded
    /// `GET /{name}/show`
    case show(ModelName)
    /// `POST /create`
    case create
    /// `POST /pull`
    case pull
    /// `POST /{name}/copy`
    case copy(ModelName)
    /// `POST /{name}/load`
    case load(ModelName)
    /// `POST /{name}/unload`
    case unload(ModelName)
    /// `POST /{name}/pin`
    case pin(ModelName)
    /// `DELETE /{name}/pin`, `POST /{name}/unpin`
    case unpin(ModelName)
    /// `DELETE /{name}`
    case delete(ModelName)

    /// Reads a path.
    ///
    /// - Parameters:
    ///   - parts: of the path below the models, decoded; nil if they could not be.
    ///   - method: of the request.
    /// - Throws: ``ServiceError`` `not_found`, `method_not_allowed`, or `invalid_model` for a name that is none.
    init(_ parts: [String]?, _ method: HTTPRequest.Method) throws {
        guard let parts, let last = parts.last else { throw NativeModelPath.unknown }
        let name = parts.dropLast().joined(separator: "/")
        if method == .delete {
            // A model that is called so itself has a tag by which it can be named.
            let isPin = last == "pin" && parts.count > 1
            self = isPin ? .unpin(try ModelName(name)) : .delete(try ModelName(parts.joined(separator: "/")))
            return
        }
        let isReading = method == .get || method == .head
        switch (last, parts.count) {
        case ("ps", 1): self = try NativeModelPath.allowed(isReading, .loaded)
        case ("create", 1): self = try NativeModelPath.allowed(!isReading, .create)
        case ("pull", 1): self = try NativeModelPath.allowed(!isReading, .pull)
        case ("show", 2...): self = try NativeModelPath.allowed(isReading, .show(ModelName(name)))
        case ("copy", 2...): self = try NativeModelPath.allowed(!isReading, .copy(ModelName(name)))
        case ("load", 2...): self = try NativeModelPath.allowed(!isReading, .load(ModelName(name)))
        case ("unload", 2...): self = try NativeModelPath.allowed(!isReading, .unload(ModelName(name)))
        case ("pin", 2...): self = try NativeModelPath.allowed(!isReading, .pin(ModelName(name)))
        case ("unpin", 2...): self = try NativeModelPath.allowed(!isReading, .unpin(ModelName(name)))
        default: throw NativeModelPath.unknown
        }
    }

    private static func allowed(_ isAllowed: Bool, _ path: NativeModelPath) throws -> NativeModelPath {
        guard isAllowed else {
            throw ServiceError(.methodNotAllowed, "The route exists, but not for this method.", isRetryable: false)
        }
        return path
    }

    private static let unknown = ServiceError(
        .notFound,
        "There is no such route; GET /api/v1/models/{name}/show describes a model, and POST to .../copy, .../load, "
            + ".../unload, .../pin and .../unpin changes it.",
        isRetryable: false
    )
}
