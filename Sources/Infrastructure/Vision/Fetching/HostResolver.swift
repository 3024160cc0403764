import NIOCore
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Finds the addresses of a host.
protocol HostResolver: Sendable {
    /// All addresses of a host, best first; empty if there are none.
    ///
    /// - Parameters:
    ///   - host: a name, or an IP address in any form that the system reads.
    ///   - port: the port that the addresses are given.
    /// - Returns: the addresses, those of private networks included.
    /// - Throws: `CancellationError`.
    func addresses(of host: String, port: Int) async throws -> [SocketAddress]
}

/// Asks the system, each time: an answer is used for one connection only and so never grows old.
struct SystemResolver: HostResolver {
    private let places: Places

    /// Bounds how many questions may be open.
    ///
    /// `places`: how many. A question that takes long keeps its place when nobody waits for it any more.
    init(atOnce places: Int) {
        self.places = Places(places)
    }

    func addresses(of host: String, port: Int) async throws -> [SocketAddress] {
        try await self.places.take()
        let answer = Answer()
        let isStarted = SystemThread.start { [places = self.places] in
            let addresses = SystemResolver.lookUp(host, port: port)
            places.giveBack()
            answer.give(.success(addresses))
        }
        guard isStarted else {
            self.places.giveBack()
            return []
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { answer.wait(with: $0) }
        } onCancel: {
            answer.give(.failure(CancellationError()))
        }
    }

    /// The first of two ends of a question: an answer, or that nobody wants it any more.
    private final class Answer: Sendable {
        private enum State {
            case open
            case waiting(CheckedContinuation<[SocketAddress], any Error>)
            case given(Result<[SocketAddress], any Error>)
        }

        private let state = Mutex(State.open)

        func wait(with continuation: CheckedContinuation<[SocketAddress], any Error>) {
            let given: Result<[SocketAddress], any Error>? = self.state.withLock { state in
                if case .given(let result) = state { return result }
                state = .waiting(continuation)
                return nil
            }
            if let given { continuation.resume(with: given) }
        }

        func give(_ result: Result<[SocketAddress], any Error>) {
            let waiter: CheckedContinuation<[SocketAddress], any Error>? = self.state.withLock { state in
                switch state {
                case .open: state = .given(result)
                case .waiting(let continuation):
                    state = .given(result)
                    return continuation
                case .given: break
                }
                return nil
            }
            waiter?.resume(with: result)
        }
    }

    private static func lookUp(_ host: String, port: Int) -> [SocketAddress] {
        var hints = addrinfo()
        #if canImport(Darwin)
        hints.ai_socktype = SOCK_STREAM
        #else
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        #endif
        var first: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, nil, &hints, &first) == 0 else { return [] }
        defer { freeaddrinfo(first) }
        var addresses: [SocketAddress] = []
        var next = first
        while let info = next?.pointee {
            if var address = SystemResolver.address(info, host: host) {
                address.port = port
                addresses.append(address)
            }
            next = info.ai_next
        }
        return addresses
    }

    private static func address(_ info: addrinfo, host: String) -> SocketAddress? {
        guard let pointer = UnsafeRawPointer(info.ai_addr) else { return nil }
        switch info.ai_family {
        case AF_INET: return SocketAddress(pointer.loadUnaligned(as: sockaddr_in.self), host: host)
        case AF_INET6: return SocketAddress(pointer.loadUnaligned(as: sockaddr_in6.self), host: host)
        default: return nil
        }
    }
}
