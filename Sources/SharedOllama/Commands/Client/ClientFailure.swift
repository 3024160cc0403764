import Domain

/// Why a command that is a client of a service did not do what it was to do.
enum ClientFailure: Error, Equatable, CustomStringConvertible {
    /// The command line is wrong.
    case usage(String)
    /// Nobody answers at the address.
    case unreachable(address: String, reason: String)
    /// The service answered with an error.
    case refused(status: Int, message: String)
    /// Anything else.
    case failed(String)

    /// The exit status that tells which it was.
    var exitStatus: Int32 {
        switch self {
        case .usage: ExitStatus.usage
        case .unreachable: ExitStatus.unreachable
        // The service's and the engine's own failures are no refusals; that there is no place now is one.
        case .refused(let status, _): status < 500 || status == 503 ? ExitStatus.refused : ExitStatus.failed
        case .failed: ExitStatus.failed
        }
    }

    /// Whether it says no more than that the service is away for now.
    var mayPass: Bool {
        switch self {
        case .unreachable, .failed: true
        case .refused(let status, _): status == 503
        case .usage: false
        }
    }

    /// A sentence for the person at the terminal.
    var description: String {
        switch self {
        case .usage(let text), .failed(let text): text
        case .unreachable(let address, let reason):
            "no service answers at \(address) (\(reason)); start one with 'shared-ollama serve', or name another with "
                + "--url or SHARED_OLLAMA_URL"
        case .refused(let status, let message): "\(message) (\(status))"
        }
    }

    /// The failure that an answer tells, in whatever dialect it tells it.
    init(status: Int, body: [UInt8]) {
        let value = try? JSONParser.parse(body)
        let message =
            value?.object?["detail"]?.string
            ?? value?.object?["error"]?.object?["message"]?.string
            ?? value?.object?["error"]?.string
        self = .refused(status: status, message: message ?? "the service answered without a reason")
    }
}
