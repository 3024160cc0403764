import Foundation
import TestSupport

@testable import SharedOllamaClient

/// Time that passes only by being slept, and chance that a test names.
struct VirtualTime: Sendable {
    private let clock = Shared(Duration.zero)
    private let slept = Shared<[Duration]>([])

    /// What has been slept, one after the other.
    var sleeps: [Duration] { self.slept.value }

    func advance(by duration: Duration) { self.clock.change { $0 += duration } }

    func surroundings(random: Double = 0) -> Surroundings {
        Surroundings(
            now: { self.clock.value },
            date: { Date(timeIntervalSince1970: self.clock.value.inSeconds) },
            sleep: { duration in
                try Task.checkCancellation()
                self.advance(by: duration)
                self.slept.change { $0.append(duration) }
            },
            random: { random }
        )
    }
}

/// The error of the library that a body throws.
func failure(_ body: () async throws -> Void) async -> SharedOllamaError? {
    do {
        try await body()
        return nil
    } catch {
        return error as? SharedOllamaError
    }
}
