import AsyncHTTPClient
import NIOCore
import NIOPosix
import NIOSSL

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// How far a call had come.
enum CallPhase: Sendable {
    /// The head of the answer was not there yet.
    case head
    /// A whole answer was being read.
    case body
    /// A stream was being read.
    case stream
}

/// What the failures of connections mean.
enum TransportFailure {
    /// The error of the library for one of the layers below.
    ///
    /// - Throws: `CancellationError` if it is one.
    static func error(
        _ error: any Error,
        in phase: CallPhase,
        _ deadline: CallDeadline,
        _ configuration: ClientConfiguration
    ) throws -> SharedOllamaError {
        if error is CancellationError || Task.isCancelled { throw CancellationError() }
        let address = configuration.url
        switch error {
        case let error as HTTPClientError where TransportFailure.timeouts.contains(error):
            do { _ = try deadline.left() } catch { return error }
            return SharedOllamaError(
                .timedOut,
                "\(address) said nothing for \(configuration.silenceTimeout.inSeconds) s"
            )
        case let error as HTTPClientError where TransportFailure.connecting.contains(error):
            return SharedOllamaError(
                .unreachable,
                "no connection to \(address) within \(configuration.connectTimeout.inSeconds) s"
            )
        case let error as HTTPClientError where error == .alreadyShutdown:
            return SharedOllamaError(.shutDown, "the client has been shut down")
        case let error as HTTPClientError where TransportFailure.isAddress(error):
            return SharedOllamaError(.invalidAddress, "'\(address)' is no address of a server")
        case let error as NIOConnectionError:
            let cause = error.connectionErrors.first.map { "\($0.error)" } ?? error.dnsAError.map { "\($0)" }
            if error.connectionErrors.contains(where: { TransportFailure.isTLS($0.error) }) {
                return SharedOllamaError(.tlsFailed, "no secure connection to \(address): \(cause ?? "unknown")")
            }
            return SharedOllamaError(.unreachable, "no connection to \(address): \(cause ?? "no such host")")
        case let error as IOError where phase == .head && TransportFailure.refusals.contains(error.errnoCode):
            return SharedOllamaError(
                .unreachable,
                "no connection to \(address): \(String(cString: strerror(error.errnoCode)))"
            )
        case let error where phase == .head && TransportFailure.isTLS(error):
            return SharedOllamaError(.tlsFailed, "no secure connection to \(address): \(error)")
        case is NIOTooManyBytesError:
            return SharedOllamaError(
                .answerTooLarge,
                "the answer is longer than \(configuration.maximumAnswerBytes) bytes"
            )
        default: break
        }
        let reason = (error as? HTTPClientError)?.shortDescription ?? "\(error)"
        let code: SharedOllamaError.Code = phase == .stream ? .streamCut : .connectionLost
        return SharedOllamaError(code, "the connection to \(address) broke: \(reason)")
    }

    private static let timeouts: [HTTPClientError] = [.readTimeout, .deadlineExceeded, .writeTimeout]
    private static let connecting: [HTTPClientError] = [
        .connectTimeout, .tlsHandshakeTimeout, .getConnectionFromPoolTimeout,
    ]
    private static let refusals = [ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, ENETDOWN, EADDRNOTAVAIL]

    /// Whether there was no secure connection; one that is closed without a word was one.
    private static func isTLS(_ error: any Error) -> Bool {
        if let error = error as? NIOSSLError, error == .uncleanShutdown { return false }
        return error is NIOSSLError || error is NIOSSLExtraError || error is BoringSSLError
    }

    private static func isAddress(_ error: HTTPClientError) -> Bool {
        error == .invalidURL || error == .emptyHost || error == .emptyScheme
            || error.shortDescription.contains("scheme")
    }
}
