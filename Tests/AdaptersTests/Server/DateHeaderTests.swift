import Foundation
import Testing

@testable import Adapters

@Suite("The header Date")
struct DateHeaderTests {
    @Test(
        "is written as RFC 9110 wants it",
        arguments: [
            (784_111_777.0, "Sun, 06 Nov 1994 08:49:37 GMT"),
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
            (4_102_444_799.9, "Thu, 31 Dec 2099 23:59:59 GMT"),
        ]
    )
    func form(seconds: Double, text: String) {
        var header = DateHeader()
        #expect(header.value(at: Date(timeIntervalSince1970: seconds)) == text)
    }

    @Test("changes with the second, and also when the clock is set back")
    func change() {
        var header = DateHeader()
        let now = Date(timeIntervalSince1970: 1_000)
        let first = header.value(at: now)
        #expect(header.value(at: now.addingTimeInterval(0.9)) == first)
        #expect(header.value(at: now.addingTimeInterval(1)) != first)
        #expect(header.value(at: now) == first)
    }
}
