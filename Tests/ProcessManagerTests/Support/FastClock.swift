import Application
import Foundation
import Synchronization

/// A clock on which short waits are over at once, as if the time had passed, and long ones never end.
final class FastClock: ServiceClock {
    private struct State {
        var now: Int64 = 0
        var sleeps: [Duration] = []
    }

    private let state = Mutex(State())
    private let endless: Duration
    private let realWait: Duration

    /// - Parameters:
    ///   - endless: waits of this length and more end only when they are cancelled.
    ///   - realWait: how long a short wait really takes.
    init(endless: Duration = .seconds(100), realWait: Duration = .milliseconds(1)) {
        self.endless = endless
        self.realWait = realWait
    }

    var now: MonotonicInstant { MonotonicInstant(nanoseconds: self.state.withLock { $0.now }) }
    var wallTime: Date { Date(timeIntervalSince1970: 1_000_000 + self.now.nanoseconds.seconds) }

    /// All waits that anybody has asked for.
    var sleeps: [Duration] { self.state.withLock { $0.sleeps } }

    func sleep(for duration: Duration) async throws {
        self.state.withLock { $0.sleeps.append(duration) }
        if duration >= self.endless { try await Task.sleep(for: .seconds(3600)) }
        try await Task.sleep(for: self.realWait)
        self.state.withLock { $0.now += duration.nanoseconds }
    }
}

extension Int64 {
    fileprivate var seconds: TimeInterval { TimeInterval(self) / 1_000_000_000 }
}

/// Things that happen, in order, from any task.
final class Journal<Entry: Sendable>: Sendable {
    private let state = Mutex<[Entry]>([])

    var entries: [Entry] { self.state.withLock { $0 } }

    func add(_ entry: Entry) {
        self.state.withLock { $0.append(entry) }
    }
}

/// Something that a test turns on and off.
final class Switch: Sendable {
    private let state: Mutex<Bool>

    init(_ isOn: Bool) {
        self.state = Mutex(isOn)
    }

    var isOn: Bool {
        get { self.state.withLock { $0 } }
        set { self.state.withLock { $0 = newValue } }
    }
}
