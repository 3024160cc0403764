import Domain
import HTTPTypes

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The key that a request shows: a bearer token (RFC 6750), the password of HTTP Basic (RFC 7617), or `x-api-key`.
enum Credentials {
    /// The key; nil where there is none.
    ///
    /// - Throws: ``ServiceError`` `unauthenticated` for an `Authorization` header that cannot be read.
    static func key(in headers: HTTPFields) throws -> String? {
        guard let authorization = headers[.authorization], !authorization.isEmpty else {
            return headers[.xAPIKey].flatMap { $0.isEmpty ? nil : $0 }
        }
        if let key = Credentials.plainBearer(authorization) { return key }
        let parts = authorization.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: true)
        let value = parts.count == 2 ? parts[1].trimming { $0 == " " } : ""
        switch parts.first?.lowercased() {
        case "bearer" where !value.isEmpty: return value
        case "basic": return try Credentials.password(value)
        default:
            throw ServiceError(
                .unauthenticated,
                "The header Authorization must be 'Bearer KEY', or 'Basic' with the key as password.",
                isRetryable: false
            )
        }
    }

    /// The key as nearly everybody writes it; nil where a closer look is needed.
    private static func plainBearer(_ authorization: String) -> String? {
        let scheme = "Bearer ".utf8
        guard authorization.utf8.starts(with: scheme) else { return nil }
        let key = authorization.utf8.dropFirst(scheme.count)
        guard !key.isEmpty, !key.contains(UInt8(ascii: " ")) else { return nil }
        return String(Substring(key))
    }

    /// The password; the user's name may be anything.
    private static func password(_ encoded: String) throws -> String {
        guard encoded.utf8.count <= 4096, let data = Data(base64Encoded: encoded),
            let text = String(bytes: data, encoding: .utf8), let colon = text.firstIndex(of: ":")
        else {
            throw ServiceError(
                .unauthenticated,
                "The header Authorization is not 'Basic' with 'user:key' in base64.",
                isRetryable: false
            )
        }
        return String(text[text.index(after: colon)...])
    }
}

extension Substring {
    fileprivate func trimming(_ isDropped: (Character) -> Bool) -> String {
        var text = self.drop(while: isDropped)
        while let last = text.last, isDropped(last) { text.removeLast() }
        return String(text)
    }
}
