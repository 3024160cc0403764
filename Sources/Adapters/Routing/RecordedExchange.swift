import Application
import Domain
import HTTPTypes
import Hummingbird
import NIOCore

/// Has exchanges of inference routes recorded, where an operator wants that.
struct ExchangeRecorder: Sendable {
    /// Who keeps them; nil where nothing is captured.
    let capture: (any ExchangeCapture)?
    let clock: any ServiceClock

    /// Begins to record an exchange; nil where it is not wanted.
    func begin(_ arrival: Arrival, _ requestID: RequestID) -> ExchangeRecording? {
        guard let capture, arrival.traits.isLimited, capture.begin() else { return nil }
        return ExchangeRecording(
            requestID: requestID,
            method: arrival.request.method.rawValue,
            path: arrival.traits.path,
            headers: Self.pairs(arrival.request.headers),
            key: (try? arrival.key.get()) ?? nil,
            capture: capture,
            clock: self.clock
        )
    }

    /// Has an answer recorded as it goes out.
    static func watch(
        _ response: Response,
        _ fields: AnswerFields,
        _ recording: ExchangeRecording,
        of project: ProjectName?
    ) -> Response {
        recording.answers(response.status.code, headers: self.pairs(response.headers) + fields.pairs, to: project)
        var response = response
        let body = response.body
        response.body = ResponseBody(contentLength: body.contentLength) { writer in
            do {
                try await body.write(RecordingWriter(parent: writer, recording: recording))
                recording.end(isComplete: true)
            } catch {
                recording.end(isComplete: false)
                throw error
            }
        }
        return response
    }

    private static func pairs(_ headers: HTTPFields) -> [(name: String, value: String)] {
        headers.map { ($0.name.canonicalName, $0.value) }
    }
}

/// Writes a body, and has it recorded.
private struct RecordingWriter: ResponseBodyWriter {
    var parent: any ResponseBodyWriter
    let recording: ExchangeRecording

    @concurrent
    mutating func write(_ buffer: ByteBuffer) async throws {
        self.recording.sends(buffer.readableBytesView)
        try await self.parent.write(buffer)
    }

    @concurrent
    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {
        try await self.parent.finish(trailingHeaders)
    }
}
