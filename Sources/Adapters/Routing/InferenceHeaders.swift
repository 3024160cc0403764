import Application
import Domain
import HTTPTypes

/// The headers that every answer of an inference route carries.
enum InferenceHeaders {
    /// The headers of an exchange whose first event is there.
    static func headers<Frame>(
        of exchange: Exchange<Frame>,
        contentType: String,
        ignored: [String] = []
    ) -> HTTPFields {
        var headers = HTTPFields()
        headers[.contentType] = contentType
        headers[.xPriority] = exchange.requestClass.rawValue
        headers[.xEngine] = exchange.engine.name.description
        headers[.xModel] = exchange.model.canonical
        headers[.xQueueWait] = InferenceHeaders.milliseconds(exchange.entry.queueWait ?? .zero)
        headers[.xOverhead] = InferenceHeaders.milliseconds(exchange.entry.overhead)
        let notices = exchange.notices
        if let cut = notices.truncated { headers[.xContextTruncated] = "\(cut.prompt)/\(cut.context)" }
        let overruled = notices.keepAlive == .overruled ? ["keep_alive"] : []
        InferenceHeaders.add(ignored + notices.ignoredFields + overruled, to: &headers)
        return headers
    }

    /// The headers of a request that still waits in line.
    static func headers<Frame>(
        of pending: PendingExchange<Frame>,
        contentType: String,
        ignored: [String] = []
    ) -> HTTPFields {
        var headers = HTTPFields()
        headers[.contentType] = contentType
        headers[.xPriority] = pending.requestClass.rawValue
        headers[.xModel] = pending.model.canonical
        InferenceHeaders.add(ignored, to: &headers)
        return headers
    }

    private static func add(_ ignored: [String], to headers: inout HTTPFields) {
        if !ignored.isEmpty { headers[.xIgnoredFields] = ignored.joined(separator: ", ") }
    }

    /// Milliseconds with three digits behind the point.
    private static func milliseconds(_ duration: Duration) -> String {
        let micros = duration.nanoseconds / 1000
        let fraction = String(micros % 1000)
        return "\(micros / 1000).\(String(repeating: "0", count: 3 - fraction.count))\(fraction)"
    }
}
