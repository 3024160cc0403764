import Application
import Domain
import Hummingbird

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Pages of OpenAI's lists: `limit`, `after` and `order`.
enum ListParameters {
    /// Reads which page is wanted.
    ///
    /// - Throws: ``ServiceError`` `invalid_request` for a limit or an order that cannot be.
    static func query<ID>(
        _ request: Request,
        _ context: ServiceContext,
        limits: ClosedRange<Int>,
        standard: Int,
        _ id: (String) -> ID?
    ) throws -> ListQuery<ID> {
        let parameters = request.uri.queryParameters
        var query = ListQuery<ID>(project: context.scope, limit: standard)
        if let text = parameters.get("limit") {
            guard let limit = Int(text), limits.contains(limit) else {
                throw ServiceError(
                    .invalidRequest,
                    field: "/limit",
                    "'limit' must be \(limits.lowerBound) to \(limits.upperBound)."
                )
            }
            query.limit = limit
        }
        if let text = parameters.get("order") {
            guard let order = ListQuery<ID>.Order(rawValue: text) else {
                throw ServiceError(.invalidRequest, field: "/order", "'order' must be 'asc' or 'desc'.")
            }
            query.order = order
        }
        if let text = parameters.get("after"), !text.isEmpty {
            guard let after = id(text) else {
                throw ServiceError(.invalidRequest, field: "/after", "'after' is not an id of this list.")
            }
            query.after = after
        }
        return query
    }

    /// Writes a page.
    static func json<Element>(
        _ page: ListPage<Element>,
        id: (Element) -> String,
        write: (Element, inout JSONWriter) -> Void
    ) -> JSONWriter {
        var writer = JSONWriter()
        writer.object { writer in
            writer.field("object", "list")
            writer.key("data")
            writer.array(page.elements) { writer, element in writer.object { write(element, &$0) } }
            writer.nullable("first_id", page.elements.first.map(id))
            writer.nullable("last_id", page.elements.last.map(id))
            writer.field("has_more", page.hasMore)
        }
        return writer
    }
}

extension JSONWriter {
    /// Writes a field with seconds since 1970, or null.
    mutating func time(_ key: String, _ date: Date?) {
        self.nullable(key, date.map { Int($0.timeIntervalSince1970) })
    }
}
