import NIOHTTP1
import OllamaTestDouble
import Testing

/// An Ollama behind the service, and a collector of traces beside it.
enum TracedStage {
    /// The caller's trace.
    static let traceID = "4bf92f3577b34da6a3ce929d0e0e4736"
    /// The caller's span.
    static let callerSpan = "00f067aa0ba902b7"

    /// The headers of a request that is part of the caller's trace.
    static func headers(_ id: String, _ flags: String = "01") -> HTTPHeaders {
        [
            "X-Request-ID": id, "traceparent": "00-\(self.traceID)-\(self.callerSpan)-\(flags)",
            "tracestate": "rojo=1,congo=t61rcWkgMzE",
        ]
    }

    /// Runs a test with an Ollama behind the service and a collector beside it.
    static func run(
        _ configure: (inout OllamaTestDouble.Configuration) -> Void = { $0.profile = .init(tokenCount: 3) },
        settings: [String: String] = [:],
        _ test: (ServiceUnderTest, OllamaTestDouble, TraceCollector) async throws -> Void
    ) async throws {
        try await TraceCollector.run { collector in
            let tracing = ["TRACING_ENDPOINT": collector.url, "TRACING_INTERVAL_SECONDS": "0.1"]
            try await Stage.ollama(configure, settings: tracing.merging(settings) { $1 }) { service, double in
                try await untilReady(service)
                try await test(service, double, collector)
            }
        }
    }

    /// What the engine was told of the trace with the last request for a model.
    static func told(_ requests: [RecordedRequest]) throws -> (parent: String?, state: String?) {
        let request = try #require(requests.last { $0.method == "POST" && $0.path != "/api/show" && !$0.isLoad })
        func header(_ name: String) -> String? { request.headers.first { $0.name.lowercased() == name }?.value }
        return (header("traceparent"), header("tracestate"))
    }
}
