import Application
import Domain
import HTTPTypes
import Hummingbird

/// The headers by which a request says of which trace it is a part.
///
/// Source: W3C Trace Context, level 2.
enum TraceHeaders {
    /// Where a request comes from, as its trace tells it.
    static func origin(of request: ServiceRequest) -> TraceOrigin {
        let isPart = request.sent.contains(.traceparent)
        return TraceOrigin(
            context: isPart ? TraceHeaders.context(in: request.request.headers) : nil,
            http: .init(
                method: request.request.method.rawValue,
                path: request.traits.path,
                scheme: request.request.head.scheme ?? "http"
            )
        )
    }

    /// The caller's place in a trace; nil if the headers name none, or not just one.
    static func context(in headers: HTTPFields) -> TraceContext? {
        // Several headers of a name come as one value, with commas: two parents are none.
        guard let parent = headers[.traceparent] else { return nil }
        return TraceContext(traceparent: parent, tracestate: headers[.tracestate])
    }
}
