/// The name of a project: who calls.
public struct ProjectName: Sendable, CustomStringConvertible {
    /// The project of a caller that names none.
    public static let `default` = ProjectName(validated: "default")

    /// The name: 1 to 64 of letters, digits, `.`, `_` and `-`.
    public let description: String
    /// The name's hash: who waits is looked up by names all the time.
    private let digest: Int

    /// Checks a name.
    ///
    /// - Throws: ``ServiceError`` `invalid_request` unless it is 1 to 64 of `[A-Za-z0-9._-]`.
    public init(_ name: String) throws {
        let isValid = (1...64).contains(name.utf8.count) && name.utf8.allSatisfy(ProjectName.allows)
        guard isValid else {
            throw ServiceError(
                .invalidRequest,
                "X-Project-Name must be 1 to 64 characters of letters, digits, '.', '_' and '-'."
            )
        }
        self.description = name
        self.digest = name.hashValue
    }

    private init(validated name: String) {
        self.description = name
        self.digest = name.hashValue
    }

    private static func allows(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}

extension ProjectName: NumberKey {
    /// Names are equal if they are spelt alike.
    public static func == (left: ProjectName, right: ProjectName) -> Bool {
        left.digest == right.digest && left.description == right.description
    }

    /// The hash that the name carries.
    public var keyNumber: Int { self.digest }
}
