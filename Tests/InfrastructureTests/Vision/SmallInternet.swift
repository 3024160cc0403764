import Application
import Domain
import NIOCore
import NIOPosix
import Synchronization
import TestSupport

@testable import Infrastructure

/// An internet with names, public addresses and servers, all of which are on this machine.
final class SmallInternet: HostResolver {
    private struct State {
        var names: [String: [[String]]] = [:]
        var ports: [String: Int] = [:]
        var questions: [String] = []
        var connections: [String] = []
    }

    private let state = Mutex(State())
    let clock = ManualClock()

    /// Gives a name addresses; each further list is what the next question finds, the last one for ever.
    func name(_ host: String, _ answers: [String]...) {
        self.state.withLock { $0.names[host] = answers }
    }

    /// Has an address lead to a server.
    func put(_ peer: HandWrittenPeer, at address: String) {
        let port = peer.url.split(separator: ":").last.flatMap { Int($0) }
        self.state.withLock { $0.ports[address] = port }
    }

    /// The addresses that were connected to, in order.
    var connections: [String] { self.state.withLock(\.connections) }
    /// The names that were asked for, in order.
    var questions: [String] { self.state.withLock(\.questions) }

    func addresses(of host: String, port: Int) throws -> [SocketAddress] {
        let found = self.state.withLock { state -> [String] in
            state.questions.append(host)
            guard var answers = state.names[host], let answer = answers.first else { return [] }
            if answers.count > 1 { answers.removeFirst() }
            state.names[host] = answers
            return answer
        }
        return try found.map { try SocketAddress(ipAddress: $0, port: port) }
    }

    func fetcher(
        _ policy: ImageURLPolicy = .public,
        _ change: (inout HTTPImageFetcher.Settings) -> Void = { _ in }
    ) throws -> HTTPImageFetcher {
        var settings = HTTPImageFetcher.Settings(
            policy: policy,
            maxBytes: 100_000,
            timeout: .seconds(10),
            connectTimeout: .seconds(5),
            redirects: 3,
            atOnce: 2
        )
        change(&settings)
        return HTTPImageFetcher(
            settings,
            eventLoops: MultiThreadedEventLoopGroup.singleton,
            clock: self.clock,
            resolver: self
        ) { self.route($0) }
    }

    private func route(_ address: SocketAddress) -> SocketAddress {
        let name = address.ipAddress ?? ""
        let port = self.state.withLock { state in
            state.connections.append(name)
            return state.ports[name]
        }
        // Port 1 of this machine is where nobody listens.
        guard let local = try? SocketAddress(ipAddress: "127.0.0.1", port: port ?? 1) else { return address }
        return local
    }
}

/// What looks like an image as far as a fetcher looks: a WebP, whose first bytes are text.
enum SmallPicture {
    static let text = "RIFF0000WEBPVP8 and so on"
    static let answer = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 25\r\n\r\n" + text
    static let bytes = Array(text.utf8)
}
