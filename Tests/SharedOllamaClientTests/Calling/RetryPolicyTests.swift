import Foundation
import TestSupport
import Testing

@testable import SharedOllamaClient

@Suite("When the client tries again")
struct RetryPolicyTests {
    private static func error(
        _ status: Int?,
        _ code: SharedOllamaError.Code = .queueFull,
        after: Duration? = nil,
        isFinal: Bool = false
    ) -> SharedOllamaError {
        SharedOllamaError(code, "", status: status, retryAfter: after, isFinal: isFinal)
    }

    private static func delay(_ error: SharedOllamaError, isRepeatable: Bool = false) -> Duration? {
        RetryPolicy().delay(after: error, attempt: 1, isRepeatable: isRepeatable, random: 0)
    }

    @Test("is after what was surely not done, and after nothing else")
    func whatIsTried() {
        #expect(Self.delay(Self.error(503)) != nil)
        #expect(Self.delay(Self.error(429, .rateLimited)) != nil)
        #expect(Self.delay(Self.error(nil, .unreachable)) != nil)
        for status in [400, 401, 403, 404, 408, 409, 413, 422, 500, 501, 502, 504] {
            #expect(Self.delay(Self.error(status, .of(status: status), after: .seconds(1))) == nil, "\(status)")
        }
        for code in [
            SharedOllamaError.Code.streamCut, .timedOut, .connectionLost, .deadlineExceeded, .unreadableAnswer,
        ] {
            #expect(Self.delay(Self.error(nil, code)) == nil, "\(code)")
        }
    }

    @Test("is not when the other side says that it is of no use")
    func final() {
        #expect(Self.delay(Self.error(429, .quotaExceeded, after: .seconds(1), isFinal: true)) == nil)
    }

    @Test("is after a lost connection and a conflict only where doing it twice does no harm")
    func repeatable() {
        #expect(Self.delay(Self.error(nil, .connectionLost), isRepeatable: true) != nil)
        #expect(Self.delay(Self.error(409, .conflict, after: .seconds(1)), isRepeatable: true) == .seconds(1))
        #expect(Self.delay(Self.error(409, .conflict), isRepeatable: true) == nil)
        #expect(Self.delay(Self.error(nil, .streamCut), isRepeatable: true) == nil)
        #expect(Self.delay(Self.error(502, .engineError), isRepeatable: true) == nil)
    }

    @Test("is never before the moment that the other side names, and not long after it")
    func named() {
        let policy = RetryPolicy()
        for random in [0.0, 0.3, 0.999] {
            for seconds in [0, 1, 7, 30] {
                let wait = Duration.seconds(seconds)
                let error = Self.error(503, after: wait)
                let delay = policy.delay(after: error, attempt: 1, isRepeatable: false, random: random)
                #expect(delay.map { $0 >= wait && $0 <= wait * 1.25 } == true, "\(seconds) \(random)")
            }
        }
        #expect(
            policy.delay(after: Self.error(503, after: .seconds(31)), attempt: 1, isRepeatable: false, random: 0) == nil
        )
    }

    @Test("waits twice as long from attempt to attempt, spread, up to the longest wait")
    func doubling() {
        let policy = RetryPolicy(attempts: 99, firstDelay: .milliseconds(100), longestDelay: .seconds(1))
        func delay(_ attempt: Int, _ random: Double) -> Duration? {
            policy.delay(after: Self.error(503), attempt: attempt, isRepeatable: false, random: random)
        }
        #expect((1...5).map { delay($0, 0) } == [100, 200, 400, 800, 1000].map { .milliseconds($0) })
        #expect(delay(1, 0.5) == .milliseconds(75) && delay(98, 0) == .seconds(1))
    }

    @Test("is as often as the policy says, and the last error is told")
    func attempts() async {
        let time = VirtualTime()
        let calls = Shared(0)
        let policy = RetryPolicy(attempts: 3, firstDelay: .seconds(1))
        let error = await failure {
            try await time.surroundings().retrying(policy, until: nil, isRepeatable: false) {
                let number = calls.change { count in
                    count += 1
                    return count
                }
                throw SharedOllamaError(.queueFull, "attempt \(number)", status: 503)
            }
        }
        #expect(calls.value == 3 && error?.message == "attempt 3")
        #expect(time.sleeps == [.seconds(1), .seconds(2)])
    }

    @Test("ends with success, with an error that is not tried again, and once is once")
    func ends() async throws {
        let time = VirtualTime()
        let calls = Shared(0)
        @Sendable func count() -> Int {
            calls.change { count in
                count += 1
                return count
            }
        }
        let result = try await time.surroundings().retrying(RetryPolicy(), until: nil, isRepeatable: false) {
            if count() == 1 { throw SharedOllamaError(.unreachable, "") }
            return "there"
        }
        #expect(result == "there" && calls.value == 2)
        let refused = await failure {
            try await time.surroundings().retrying(RetryPolicy(), until: nil, isRepeatable: false) {
                _ = count()
                throw SharedOllamaError(.modelNotFound, "", status: 404)
            }
        }
        #expect(refused?.code == .modelNotFound && calls.value == 3)
        let once = await failure {
            try await time.surroundings().retrying(.never, until: nil, isRepeatable: false) {
                _ = count()
                throw SharedOllamaError(.unreachable, "")
            }
        }
        #expect(once?.code == .unreachable && calls.value == 4)
    }

    @Test("is not when the deadline comes first")
    func deadline() async {
        let time = VirtualTime()
        let policy = RetryPolicy(attempts: 99, firstDelay: .seconds(1))
        let error = await failure {
            try await time.surroundings().retrying(policy, until: .seconds(5), isRepeatable: false) {
                throw SharedOllamaError(.queueFull, "", status: 503)
            }
        }
        #expect(error?.code == .queueFull && time.sleeps == [.seconds(1), .seconds(2)])
    }

    @Test("ends when its task is cancelled")
    func cancelled() async {
        let task = Task {
            try await VirtualTime().surroundings().retrying(
                RetryPolicy(attempts: .max),
                until: nil,
                isRepeatable: false
            ) {
                throw SharedOllamaError(.unreachable, "")
            }
        }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }
}

@Suite("When to come again")
struct RetryAfterTests {
    private static let now = Date(timeIntervalSince1970: 784_111_777)

    @Test(
        "is read in seconds, milliseconds and as a date",
        arguments: [
            (nil, "7", 7), (nil, " 0 ", 0), (nil, "1.5", 1.5), ("250", "7", 0.25), ("nonsense", "7", 7),
            (nil, "Sun, 06 Nov 1994 08:49:37 GMT", 0), (nil, "Sun, 06 Nov 1994 08:50:07 GMT", 30),
            (nil, "Sun, 06 Nov 1994 08:00:00 GMT", 0),
        ] as [(String?, String, Double)]
    )
    func read(milliseconds: String?, header: String, seconds: Double) {
        let delay = RetryAfter.read(milliseconds: milliseconds, header: header, now: Self.now)
        #expect(delay == .seconds(seconds))
    }

    @Test(
        "is nothing where it cannot be read",
        arguments: [
            "", "soon", "-1", "nan", "inf", "1e300", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun, 06 Nov 1994 08:49 GMT",
            "Sun, 32 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 UTC",
        ]
    )
    func unreadable(header: String) {
        #expect(RetryAfter.read(milliseconds: nil, header: header, now: Self.now) == nil)
    }

    @Test("knows leap days")
    func leapDays() {
        let known: [(String, Double)] = [
            ("Thu, 01 Jan 1970 00:00:00 GMT", 0), ("Tue, 29 Feb 2000 23:59:59 GMT", 951_868_799),
            ("Thu, 01 Mar 2100 00:00:00 GMT", 4_107_542_400),
        ]
        for (text, seconds) in known { #expect(HTTPDate.read(text)?.timeIntervalSince1970 == seconds, "\(text)") }
    }
}
