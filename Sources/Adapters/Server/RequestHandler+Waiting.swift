import NIOCore

extension RequestHandler {
    /// Waits until the caller has read enough for more to be written.
    ///
    /// - Throws: `ChannelError` if the caller is gone, `CancellationError`.
    func untilWritable(on eventLoop: any EventLoop) async throws {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                eventLoop.runNow {
                    guard let outlet = try? self.outlet() else {
                        return continuation.resume(throwing: ChannelError.ioOnClosedChannel)
                    }
                    outlet.await(continuation)
                }
            }
        } onCancel: {
            eventLoop.runNow { try? self.outlet().giveUp(CancellationError()) }
        }
    }
}

extension EventLoop {
    /// Runs something on the loop: at once for who is there.
    fileprivate func runNow(_ body: @escaping @Sendable () -> Void) {
        if self.inEventLoop { body() } else { self.execute(body) }
    }
}
