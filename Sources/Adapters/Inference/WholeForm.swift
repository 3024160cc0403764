import Application
import Domain
import NIOCore

/// A form of answers that are never streamed.
protocol WholeForm: EventForm where Frames == NoFrames {}

extension WholeForm {
    var streamType: String { self.wholeType }
    var takesComments: Bool { false }
    func frames(of exchange: Exchange<GenerationEvent>) -> NoFrames { NoFrames() }
    func appendFailure(_ error: ServiceError, requestID: RequestID, to buffer: inout ByteBuffer) {}
}

/// The frames of an answer that has none.
struct NoFrames: AnswerFrames {
    func append(_ frame: GenerationEvent, of exchange: Exchange<GenerationEvent>, to buffer: inout ByteBuffer) -> Bool {
        false
    }
}
