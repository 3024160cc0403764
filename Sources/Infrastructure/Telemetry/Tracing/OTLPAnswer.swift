import Application
import Domain

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What a collector's answer means for a batch.
///
/// Source: OpenTelemetry, OTLP specification, "OTLP/HTTP Response".
enum OTLPAnswer {
    /// How much of a collector's words is told.
    private static let words = 200

    /// Reads an answer.
    ///
    /// `retryAfter`: the value of that header. `body`: its first bytes.
    static func delivery(status: Int, retryAfter: String?, body: [UInt8]) -> SpanDelivery {
        switch status {
        case 200..<300: self.taken(body)
        // "All other 4xx or 5xx response status codes MUST NOT be retried."
        case 429, 502, 503, 504:
            .retry(
                after: retryAfter.flatMap(self.seconds),
                reason: "the collector answers with status \(status)"
            )
        default: .refused(reason: "the collector answers with status \(status)")
        }
    }

    /// Whether some of the spans were rejected; an answer that cannot be read rejects none.
    private static func taken(_ body: [UInt8]) -> SpanDelivery {
        guard let partial = (try? JSONParser.parse(body))?.object?["partialSuccess"]?.object else {
            return .taken(rejected: 0, words: nil)
        }
        let rejected: Int =
            switch partial["rejectedSpans"] {
            case .string(let text)?: Int(text) ?? 0
            case .number(let number)?: number.integer ?? 0
            default: 0
            }
        let words = partial["errorMessage"]?.string.map { String($0.prefix(self.words)) }
        return .taken(rejected: max(0, rejected), words: words?.isEmpty == true ? nil : words)
    }

    /// Whole seconds; a date counts for nothing: the batch is tried again by our own pace.
    private static func seconds(_ text: String) -> Duration? {
        guard let seconds = Int(text), seconds >= 0 else { return nil }
        return .seconds(min(seconds, 86_400))
    }
}
