import Domain

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Makes the spans of a request of what was noted on its way.
///
/// The request's own span holds all others: the preparation of its pictures, each wait in line with the load of a model
/// in it, and each call of an engine with load, prefill and decode in it.
struct RequestSpans {
    private let record: RequestRecord
    private let trace: RequestTrace
    /// The arrival in nanoseconds since 1970.
    private let origin: Int64
    private let end: MonotonicInstant
    /// Numbers of spans that are no calls of engines, whose ids are told before.
    private static let firstNumber = 1000

    init(_ record: RequestRecord, _ trace: RequestTrace) {
        self.record = record
        self.trace = trace
        self.origin = Int64((record.arrivedAt.timeIntervalSince1970 * 1_000_000_000).rounded())
        self.end = trace.arrival.advanced(by: record.total)
    }

    /// All spans, the request's own first.
    var all: [Span] {
        var spans = [self.request]
        spans.reserveCapacity(8)
        var calls = 0
        for (index, mark) in self.trace.marks.enumerated() {
            let rest = self.trace.marks[(index + 1)...]
            switch mark.event {
            case .preparesImages: self.addImages(from: mark.at, rest, to: &spans)
            case .queued: self.addWait(from: mark.at, rest, to: &spans)
            case .called(let note):
                calls += 1
                self.addCall(calls, note, from: mark.at, rest, to: &spans)
            case .read, .preparedImages, .admitted, .began: break
            }
        }
        return spans
    }

    // MARK: The request

    private var request: Span {
        let record = self.record
        let http = self.trace.origin.http
        // As OpenTelemetry's conventions for HTTP have it; what came another way is called by what it asks for.
        var span = Span(
            context: self.trace.context,
            parent: self.trace.parent,
            isParentRemote: self.trace.parent != nil,
            name: http.map { "\($0.method) \($0.path)" } ?? self.operationName,
            kind: http == nil ? .internal : .server,
            start: self.time(self.trace.arrival),
            end: self.time(self.end)
        )
        if let http {
            span.attributes.add("http.request.method", http.method)
            span.attributes.add("http.route", http.path)
            span.attributes.add("url.path", http.path)
            span.attributes.add("url.scheme", http.scheme)
            span.attributes.add("http.response.status_code", record.status)
        }
        span.attributes.add("gen_ai.operation.name", record.operation.conventionalName)
        span.attributes.add("gen_ai.request.model", record.model?.canonical)
        span.attributes.add("shared_ollama.request_id", record.requestID.description)
        span.attributes.add("shared_ollama.project", record.project.description)
        span.attributes.add("shared_ollama.dialect", record.dialect.rawValue)
        span.attributes.add("shared_ollama.class", record.requestClass?.rawValue)
        span.attributes.add("shared_ollama.queue", record.queue?.rawValue)
        span.attributes.add("shared_ollama.ended", record.ending.word)
        span.attributes.add("shared_ollama.cancelled_phase", record.cancelledPhase?.rawValue)
        span.attributes.add("shared_ollama.overhead_seconds", record.overhead?.inSeconds)
        if record.share < 1 { span.attributes.add("shared_ollama.share", record.share) }
        span.attributes.add("error.type", self.errorType)
        // By the conventions a server has not failed where its caller is to blame.
        if case .failed = record.ending { span.isFailed = record.status >= 500 || record.status < 400 }
        return span
    }

    private var operationName: String {
        [self.record.operation.conventionalName, self.record.model?.canonical].compactMap { $0 }.joined(separator: " ")
    }

    /// What kind of failure it was; nil if it was none.
    private var errorType: String? {
        switch self.record.ending {
        case .completed: nil
        case .failed(let error): error.code.rawValue
        case .cancelled: ServiceError.Code.cancelled.rawValue
        }
    }

    // MARK: Pictures

    private func addImages(from start: MonotonicInstant, _ rest: ArraySlice<RequestTrace.Mark>, to spans: inout [Span])
    {
        var report: ImageReport?
        let end = rest.first { mark in
            if case .preparedImages(let ready) = mark.event { report = ready }
            return true
        }
        var span = self.part("image", start, end?.at ?? self.end, of: self.trace.context.spanID, spans.count)
        if let report {
            span.attributes.add("shared_ollama.images", report.count)
            span.attributes.add("shared_ollama.image_tokens_estimated", report.tokens)
            span.attributes.add("shared_ollama.image_bytes_saved", report.savedBytes)
        } else {
            self.fail(&span)
        }
        spans.append(span)
    }

    // MARK: The line

    private func addWait(from start: MonotonicInstant, _ rest: ArraySlice<RequestTrace.Mark>, to spans: inout [Span]) {
        var admission: (at: MonotonicInstant, loadTime: Duration?)?
        let end = rest.first { mark in
            switch mark.event {
            case .admitted(let loadTime):
                admission = (mark.at, loadTime)
                return true
            case .queued: return true
            case .read, .preparesImages, .preparedImages, .called, .began: return false
            }
        }
        var span = self.part("queue", start, end?.at ?? self.end, of: self.trace.context.spanID, spans.count)
        span.attributes.add("shared_ollama.class", self.record.requestClass?.rawValue)
        span.attributes.add("shared_ollama.queue", self.record.queue?.rawValue)
        if end == nil { self.fail(&span) }
        spans.append(span)
        if let admission, let loadTime = admission.loadTime {
            let begun = max(start, admission.at.advanced(by: .zero - loadTime))
            spans.append(self.part("load", begun, admission.at, of: span.context.spanID, spans.count))
        }
    }

    // MARK: Calls of engines

    private func addCall(
        _ number: Int,
        _ note: EngineCallNote,
        from start: MonotonicInstant,
        _ rest: ArraySlice<RequestTrace.Mark>,
        to spans: inout [Span]
    ) {
        var began: MonotonicInstant?
        var failure: ServiceError.Code?
        let end = rest.first { mark in
            switch mark.event {
            case .called: return true
            case .queued(let code):
                failure = code
                return true
            case .began: began = began ?? mark.at
            case .read, .preparesImages, .preparedImages, .admitted: break
            }
            return false
        }
        let isLast = end == nil
        let attributes = CallAttributes(note, self.record)
        var span = Span(
            context: self.trace.context.with(self.trace.context.spanID.derived(number)),
            parent: self.trace.context.spanID,
            name: "\(self.record.operation.conventionalName) \(note.model)",
            kind: .client,
            start: self.time(start),
            end: self.time(end?.at ?? self.end),
            attributes: attributes.ofRequest
        )
        if let limit = self.trace.contentLimit { span.attributes += attributes.ofContent(limit: limit, isLast: isLast) }
        if isLast {
            span.attributes += attributes.ofAnswer(
                firstPiece: note.tellsPieces ? began.map { $0 - start } : nil
            )
            self.fail(&span)
        } else if let failure {
            span.attributes.add("error.type", failure.rawValue)
            span.isFailed = true
        }
        spans.append(span)
        let phases = EnginePhases(
            start: start,
            began: began,
            end: end?.at ?? self.end,
            tellsPieces: note.tellsPieces,
            // The figures are those of all calls together.
            timings: isLast && number == 1 ? self.record.timings : nil,
            isCold: self.isCold,
            lastPhase: isLast ? self.record.phase : nil
        )
        for phase in phases.all {
            var part = self.part(phase.name, phase.start, phase.end, of: span.context.spanID, spans.count)
            if phase.includesLoad { part.attributes.add("shared_ollama.includes_load", true) }
            spans.append(part)
        }
    }

    /// Whether the engine had to load the model for this request, without being asked for that before.
    private var isCold: Bool { self.record.warm == false && self.record.loadTime == nil }

    // MARK: Parts

    private func part(
        _ name: String,
        _ start: MonotonicInstant,
        _ end: MonotonicInstant,
        of parent: SpanID,
        _ number: Int
    ) -> Span {
        let id = self.trace.context.spanID.derived(Self.firstNumber + number)
        return Span(
            context: self.trace.context.with(id),
            parent: parent,
            name: name,
            kind: .internal,
            start: self.time(start),
            end: self.time(max(start, end))
        )
    }

    /// The span ended as the request did.
    private func fail(_ span: inout Span) {
        guard let errorType else { return }
        span.attributes.add("error.type", errorType)
        if case .failed = self.record.ending { span.isFailed = true }
    }

    /// Nanoseconds since 1970; nothing lies outside of the request.
    private func time(_ instant: MonotonicInstant) -> Int64 {
        let inside = min(max(instant, self.trace.arrival), self.end)
        return self.origin + (inside - self.trace.arrival).nanoseconds
    }
}
