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
        // Most of what an answer will have is known by now.
        headers.reserveCapacity(24)
        // Nothing is there yet, so nothing has to be looked for.
        func add(_ name: HTTPField.Name, _ value: String) { headers.append(HTTPField(name: name, value: value)) }
        add(.contentType, contentType)
        add(.xPriority, exchange.requestClass.rawValue)
        add(.xEngine, exchange.engine.name.description)
        add(.xModel, exchange.model.canonical)
        add(.xQueueWait, InferenceHeaders.milliseconds(exchange.entry.queueWait ?? .zero))
        add(.xOverhead, InferenceHeaders.milliseconds(exchange.entry.overhead))
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
        let digits = String(micros % 1000 + 1000)
        return "\(micros / 1000).\(digits.dropFirst())"
    }
}
