import Application
import Domain

/// The headers that every answer of an inference route carries.
enum InferenceHeaders {
    /// The headers of an exchange whose first event is there.
    static func fields<Frame>(
        of exchange: Exchange<Frame>,
        contentType: String,
        ignored: [String] = []
    ) -> FieldLines {
        var fields = FieldLines()
        fields.add("Content-Type", contentType)
        fields.add("x-engine", exchange.engine.name.description)
        fields.add("x-model", exchange.model.canonical)
        let (queueWait, overhead) = (exchange.entry.queueWait ?? .zero, exchange.entry.overhead)
        fields.add("x-queue-wait-ms") { $0.append(milliseconds: queueWait) }
        fields.add("x-overhead-ms") { $0.append(milliseconds: overhead) }
        let notices = exchange.notices
        if let cut = notices.truncated {
            fields.add("x-context-truncated") { bytes in
                bytes.append(decimal: cut.prompt)
                bytes.append(UInt8(ascii: "/"))
                bytes.append(decimal: cut.context)
            }
        }
        let overruled = notices.keepAlive == .overruled ? ["keep_alive"] : []
        InferenceHeaders.add(ignored + notices.ignoredFields + overruled, to: &fields)
        return fields
    }

    /// The headers of a request that still waits in line.
    static func fields<Frame>(
        of pending: PendingExchange<Frame>,
        contentType: String,
        ignored: [String] = []
    ) -> FieldLines {
        var fields = FieldLines()
        fields.add("Content-Type", contentType)
        fields.add("x-model", pending.model.canonical)
        InferenceHeaders.add(ignored, to: &fields)
        return fields
    }

    private static func add(_ ignored: [String], to fields: inout FieldLines) {
        if !ignored.isEmpty { fields.add("x-ignored-fields", ignored.joined(separator: ", ")) }
    }
}

extension [UInt8] {
    /// Milliseconds with three digits behind the point.
    fileprivate mutating func append(milliseconds duration: Duration) {
        let (whole, rest) = Int(duration.nanoseconds / 1000).quotientAndRemainder(dividingBy: 1000)
        self.append(decimal: whole)
        self.append(UInt8(ascii: "."))
        for part in [rest / 100, rest / 10 % 10, rest % 10] { self.append(UInt8(ascii: "0") + UInt8(part)) }
    }
}
