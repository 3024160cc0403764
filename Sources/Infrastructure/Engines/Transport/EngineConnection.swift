import NIOCore

/// One HTTP/1.1 connection to an engine. It carries one call at a time and goes back to its pool between calls.
///
/// Reading is held back, not switched off, while the call has enough unread bytes: that costs no system call a chunk.
// @unchecked: all state is confined to the channel's event loop, which every method asserts.
final class EngineConnection: ChannelDuplexHandler, @unchecked Sendable {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// The event loop to which everything here belongs.
    let eventLoop: any EventLoop
    private var context: ChannelHandlerContext?
    private var decoder = ResponseDecoder()
    private var call: EngineCall?
    private var isReadHeld = false
    private var isFlushPlanned = false

    init(eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    /// Whether the connection can carry a call.
    var isUsable: Bool {
        self.eventLoop.preconditionInEventLoop()
        return self.context?.channel.isActive == true && self.call == nil
    }

    /// Sends a request; its answer goes to the call.
    ///
    /// It leaves once the event loop has served all that are ready: the engine is woken once for all that go to it then.
    func send(_ request: ByteBuffer, for call: EngineCall) {
        self.eventLoop.preconditionInEventLoop()
        guard let context = self.context, context.channel.isActive else { return call.connectionClosed(.unreachable) }
        self.call = call
        self.decoder.reset(hasBody: call.form != .headOnly)
        context.write(self.wrapOutboundOut(request), promise: nil)
        guard !self.isFlushPlanned else { return }
        self.isFlushPlanned = true
        self.eventLoop.execute {
            self.isFlushPlanned = false
            self.context?.flush()
        }
    }

    /// Writes a piece of the request's body, and tells when the kernel has taken it or never will.
    func write(_ piece: ByteBuffer, _ done: @escaping @Sendable (Bool) -> Void) {
        self.eventLoop.preconditionInEventLoop()
        guard let context = self.context else { return done(false) }
        let promise = self.eventLoop.makePromise(of: Void.self)
        promise.futureResult.whenComplete { result in
            if case .success = result { done(true) } else { done(false) }
        }
        context.writeAndFlush(self.wrapOutboundOut(piece), promise: promise)
    }

    /// Reads on, if reading was held back.
    func resumeReading() {
        self.eventLoop.preconditionInEventLoop()
        guard self.isReadHeld else { return }
        self.isReadHeld = false
        self.context?.read()
    }

    /// Gives up: the engine sees the connection closed.
    func close() {
        self.eventLoop.preconditionInEventLoop()
        self.call = nil
        self.context?.close(promise: nil)
    }

    // MARK: Channel

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    func read(context: ChannelHandlerContext) {
        if self.call?.wantsMore ?? true {
            context.read()
        } else {
            self.isReadHeld = true
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard let call = self.call else {
            // Nobody asked: whatever this is, the connection cannot be trusted any more.
            return context.close(promise: nil)
        }
        var bytes = self.unwrapInboundIn(data)
        self.decoder.append(&bytes)
        do {
            while let part = try self.decoder.next() {
                if part == .end { return self.finish(call) }
                call.received(part)
            }
            self.decoder.release()
        } catch {
            self.fail(.malformed(error.reason))
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        self.call?.readCompleted()
    }

    func channelInactive(context: ChannelHandlerContext) {
        guard let call = self.call else { return }
        do {
            if try self.decoder.close() == .end {
                self.call = nil
                call.finished()
            }
        } catch {
            self.fail(self.decoder.hasBegun ? .broken("the engine closed the connection") : .unreachable)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.fail(self.decoder.hasBegun ? .broken("\(type(of: error))") : .unreachable)
    }

    private func finish(_ call: EngineCall) {
        self.call = nil
        self.decoder.release()
        // An engine that answers in the middle of a body takes what follows of it for another request.
        if self.decoder.keepsAlive, !self.decoder.hasLeftOver, !call.isSending {
            call.giveBack(self)
            self.resumeReading()
        } else {
            self.context?.close(promise: nil)
        }
        call.finished()
    }

    private func fail(_ failure: TransportFailure) {
        let call = self.call
        self.close()
        call?.connectionClosed(failure)
    }
}
