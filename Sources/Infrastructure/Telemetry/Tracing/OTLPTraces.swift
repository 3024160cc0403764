import Application
import Domain

/// Writes spans as a collector wants them: an `ExportTraceServiceRequest` of OTLP, in its JSON form.
///
/// Source: OpenTelemetry, OTLP specification 1.x, "JSON Protobuf Encoding": ids are hexadecimal, 64-bit numbers texts, and
/// enumerations numbers.
struct OTLPTraces: Sendable {
    /// What the spans come from, as JSON.
    private let resource: [UInt8]
    private let scope: [UInt8]

    /// Describes what the spans come from.
    ///
    /// - Parameters:
    ///   - serviceName: what the service is called.
    ///   - version: its version.
    ///   - instance: what tells this process from others of the name.
    init(serviceName: String, version: String, instance: String) {
        let attributes: [SpanAttribute] = [
            SpanAttribute("service.name", .text(serviceName)),
            SpanAttribute("service.version", .text(version)),
            SpanAttribute("service.instance.id", .text(instance)),
        ]
        var resource = JSONWriter()
        resource.object { OTLPTraces.write(attributes, to: &$0) }
        self.resource = resource.bytes
        var scope = JSONWriter()
        scope.object { writer in
            writer.field("name", "shared-ollama")
            writer.field("version", version)
        }
        self.scope = scope.bytes
    }

    /// The body of a request.
    func body(_ spans: [Span]) -> [UInt8] {
        var writer = JSONWriter(capacity: 512 + spans.count * 1024)
        writer.object { writer in
            writer.key("resourceSpans")
            writer.array([0]) { writer, _ in
                writer.object { writer in
                    writer.key("resource")
                    writer.raw(self.resource)
                    writer.key("scopeSpans")
                    writer.array([0]) { writer, _ in
                        writer.object { writer in
                            writer.key("scope")
                            writer.raw(self.scope)
                            writer.key("spans")
                            writer.array(spans) { OTLPTraces.write($1, to: &$0) }
                        }
                    }
                }
            }
        }
        return writer.bytes
    }

    private static func write(_ span: Span, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.field("traceId", span.context.traceID.description)
            writer.field("spanId", span.context.spanID.description)
            writer.field("traceState", span.context.state)
            writer.field("parentSpanId", span.parent?.description)
            // The flags of the context, whether it is known if the parent is another process', and whether it is.
            writer.field("flags", Int(span.context.flags) | 0x100 | (span.isParentRemote ? 0x200 : 0))
            writer.field("name", span.name)
            writer.field("kind", span.kind.rawValue)
            writer.field("startTimeUnixNano", String(span.start))
            writer.field("endTimeUnixNano", String(span.end))
            if !span.attributes.isEmpty { OTLPTraces.write(span.attributes, to: &writer) }
            writer.key("status")
            // STATUS_CODE_ERROR; what has not failed leaves it unset.
            writer.object { if span.isFailed { $0.field("code", 2) } }
        }
    }

    private static func write(_ attributes: [SpanAttribute], to writer: inout JSONWriter) {
        writer.key("attributes")
        writer.array(attributes) { writer, attribute in
            writer.object { writer in
                writer.field("key", attribute.key)
                writer.key("value")
                writer.object { OTLPTraces.write(attribute.value, to: &$0) }
            }
        }
    }

    private static func write(_ value: SpanAttribute.Value, to writer: inout JSONWriter) {
        switch value {
        case .text(let text): writer.field("stringValue", text)
        case .integer(let integer): writer.field("intValue", String(integer))
        case .number(let number): writer.field("doubleValue", number)
        case .truth(let truth): writer.field("boolValue", truth)
        case .texts(let texts):
            writer.key("arrayValue")
            writer.object { writer in
                writer.key("values")
                writer.array(texts) { writer, text in writer.object { $0.field("stringValue", text) } }
            }
        }
    }
}
