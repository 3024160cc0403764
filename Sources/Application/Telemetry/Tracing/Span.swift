public import Domain

/// A part of a trace: something that was done, from when to when.
///
/// Source: OpenTelemetry, trace data model.
public struct Span: Sendable, Hashable {
    /// What stands at the two ends of it; the numbers are OTLP's.
    public enum Kind: Int, Sendable {
        /// Work within the service.
        case `internal` = 1
        /// A caller's request.
        case server = 2
        /// A request to another.
        case client = 3
    }

    /// A place in the trace: the trace, this span, and whether it is recorded.
    public var context: TraceContext
    /// The span that it is a part of; nil for the first of a trace.
    public var parent: SpanID?
    /// Whether the parent is another process' span.
    public var isParentRemote = false
    /// What was done; one of few names.
    public var name: String
    /// What stands at the two ends of it.
    public var kind: Kind
    /// When it began, in nanoseconds since 1970.
    public var start: Int64
    /// When it ended, in nanoseconds since 1970; not before ``start``.
    public var end: Int64
    /// What is to be known of it.
    public var attributes: [SpanAttribute] = []
    /// Whether it failed.
    public var isFailed = false
}

/// Something to be known of a span.
public struct SpanAttribute: Sendable, Hashable {
    /// What it says.
    public enum Value: Sendable, Hashable {
        /// A text.
        case text(String)
        /// A whole number.
        case integer(Int)
        /// A number.
        case number(Double)
        /// Yes or no.
        case truth(Bool)
        /// Several texts.
        case texts([String])
    }

    /// Its name, by OpenTelemetry's semantic conventions; ours begin with `shared_ollama.`.
    public let key: String
    /// What it says.
    public let value: Value

    /// Creates an attribute.
    public init(_ key: String, _ value: Value) {
        self.key = key
        self.value = value
    }
}

extension [SpanAttribute] {
    mutating func add(_ key: String, _ value: String?) {
        if let value { self.append(SpanAttribute(key, .text(value))) }
    }

    mutating func add(_ key: String, _ value: Int?) {
        if let value { self.append(SpanAttribute(key, .integer(value))) }
    }

    mutating func add(_ key: String, _ value: Double?) {
        if let value { self.append(SpanAttribute(key, .number(value))) }
    }

    mutating func add(_ key: String, _ value: Bool?) {
        if let value { self.append(SpanAttribute(key, .truth(value))) }
    }

    mutating func add(_ key: String, _ value: [String]?) {
        if let value { self.append(SpanAttribute(key, .texts(value))) }
    }
}
