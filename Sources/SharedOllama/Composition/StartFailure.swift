import Domain
import Infrastructure
import NIOCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Says why the service ended, in words for the person who started it.
enum StartFailure {
    static func text(for error: any Error, configuration: ServiceConfiguration) -> String {
        switch error {
        case let error as ServiceError: return error.message
        case let error as IOError:
            let place = "\(configuration.server.host):\(configuration.server.port)"
            return "cannot listen on \(place): \(IOErrorText.text(of: error)) (server.host, server.port)"
        default: return "\(error)"
        }
    }
}

private enum IOErrorText {
    static func text(of error: IOError) -> String {
        error.errnoCode == EADDRINUSE ? "another program listens there already" : "\(error)"
    }
}
