#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A thread of its own, for work that blocks: the threads of Swift's concurrency are as few as the cores.
enum SystemThread {
    private final class Body: Sendable {
        let run: @Sendable () -> Void

        init(_ run: @escaping @Sendable () -> Void) {
            self.run = run
        }
    }

    /// Starts a thread that nobody waits for.
    ///
    /// False if there can be no more.
    static func start(_ run: @escaping @Sendable () -> Void) -> Bool {
        // The thread takes over the reference that is retained here.
        let body = Unmanaged.passRetained(Body(run))
        #if canImport(Darwin)
        var thread: pthread_t?
        let result = pthread_create(&thread, nil, { SystemThread.enter($0) }, body.toOpaque())
        #else
        var thread = pthread_t()
        let result = pthread_create(&thread, nil, { SystemThread.enter($0) }, body.toOpaque())
        #endif
        guard result == 0 else {
            body.release()
            return false
        }
        #if canImport(Darwin)
        if let thread { pthread_detach(thread) }
        #else
        pthread_detach(thread)
        #endif
        return true
    }

    /// Has the present thread, which must be one of these, do nothing for a while.
    static func sleep(milliseconds: Int32) {
        poll(nil, 0, milliseconds)
    }

    private static func enter(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
        guard let argument else { return nil }
        Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
        return nil
    }
}
