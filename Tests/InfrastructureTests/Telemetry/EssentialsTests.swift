import Application
import Testing

@testable import Infrastructure

@Suite("Time and ids")
struct EssentialsTests {
    @Test("The clock never goes back, and two clocks share one time line")
    func monotonic() {
        let first = SystemClock().now
        let second = SystemClock().now
        #expect(first <= second)
        #expect(second - first < .seconds(60))
    }

    @Test("A sleep ends with an error when its task is cancelled")
    func cancelledSleep() async {
        let task = Task { try await SystemClock().sleep(for: .seconds(3600)) }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test("Ids are 32 hexadecimal digits, and no two are the same")
    func ids() {
        let generator = RandomIDGenerator()
        let ids = (0..<2000).map { _ in generator.next() }
        #expect(Set(ids).count == ids.count)
        #expect(ids.allSatisfy { $0.utf8.count == 32 && $0.allSatisfy { "0123456789abcdef".contains($0) } })
        #expect(Set(ids.flatMap { $0 }).count == 16)
    }
}
