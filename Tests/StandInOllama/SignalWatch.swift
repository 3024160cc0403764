import Dispatch
import Foundation

/// Watches SIGTERM and SIGINT from an ordinary thread, so that more may be done than a signal handler may.
final class SignalWatch {
    private let sources: [any DispatchSourceSignal]

    init(ignores: Bool, onSignal: @escaping @Sendable (_ name: String, _ isIgnored: Bool) -> Void) {
        sources = [(SIGTERM, "SIGTERM", ignores), (SIGINT, "SIGINT", false)].map { number, name, isIgnored in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { onSignal(name, isIgnored) }
            let isRegistered = DispatchSemaphore(value: 0)
            source.setRegistrationHandler { isRegistered.signal() }
            source.resume()
            // A signal that comes before the source listens would be lost.
            isRegistered.wait()
            return source
        }
    }

    func end() {
        for source in sources { source.cancel() }
    }
}
