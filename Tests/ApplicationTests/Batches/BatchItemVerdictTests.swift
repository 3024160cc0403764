import Domain
import Testing

@testable import Application

@Suite("What becomes of an item that was tried")
struct BatchItemVerdictTests {
    private func verdict(_ code: ServiceError.Code, _ attempt: Int = 1, retryAfter: Duration? = nil) -> BatchItemVerdict
    {
        BatchItemVerdict(ServiceError(code, "x", retryAfter: retryAfter), attempt: attempt, limit: 3)
    }

    @Test("An answer stands, and so does what is wrong with the request")
    func stands() {
        #expect(BatchItemVerdict(nil, attempt: 1, limit: 3) == .stands)
        for code: ServiceError.Code in [
            .invalidRequest, .modelNotFound, .promptTooLarge, .unsupportedField, .modelNotAllowed,
            .notSupportedByEngine,
            .invalidOutput,
        ] { #expect(self.verdict(code) == .stands, "\(code.rawValue)") }
        // Somebody else ended it.
        #expect(self.verdict(.cancelled) == .stands)
    }

    @Test("What an engine failed is tried again with longer and longer pauses, and then it stands")
    func again() {
        for code: ServiceError.Code in [.engineError, .engineTimeout, .modelUnavailable] {
            #expect(self.verdict(code, 1) == .again(after: .seconds(1)))
            #expect(self.verdict(code, 2) == .again(after: .seconds(2)))
            #expect(self.verdict(code, 3) == .stands)
        }
        #expect(self.verdict(.modelUnavailable, retryAfter: .seconds(30)) == .again(after: .seconds(30)))
        let late = BatchItemVerdict(ServiceError(.engineError, "x"), attempt: 60, limit: 100)
        #expect(late == .again(after: .seconds(60)))
    }

    @Test("Without an engine it waits, however often; at its project's limits it waits for as long as they say")
    func waits() {
        #expect(self.verdict(.engineUnavailable, 50) == .wait(.seconds(1)))
        #expect(self.verdict(.engineUnavailable, 50, retryAfter: .seconds(600)) == .wait(.seconds(10)))
        #expect(self.verdict(.rateLimited, retryAfter: .seconds(7)) == .hold(.seconds(7)))
        #expect(self.verdict(.quotaExceeded, 9, retryAfter: .seconds(9000)) == .hold(.seconds(9000)))
    }

    @Test("What was stopped from this side waits for its next turn")
    func stopped() {
        #expect(BatchItemVerdict(.callerLeft, attempt: 3, limit: 3) == .stopped)
        #expect(BatchItemVerdict(.shuttingDown, attempt: 3, limit: 3) == .stopped)
    }
}
