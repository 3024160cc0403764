/// The faults that hold for one request, one field for each kind.
struct FaultPlan: Sendable {
    struct Canned: Sendable {
        var status: Int
        var contentType: String
        var body: String
    }

    struct LoadFailure: Sendable {
        var status: Int
        var message: String
    }

    var delayHead: Duration?
    var hang: Fault.Moment?
    var cutAfterTokens: Int?
    var killRunnerAfterTokens: Int?
    var loadFailure: LoadFailure?
    var queueFull = false
    var canned: Canned?
    var nonsense: (kind: Fault.Nonsense, afterTokens: Int)?
    var misstatedBy: Int?
    var dribble: Duration?
    var closesAfterResponse = false
    var closesOnNextRequest = false

    init() {}

    init(_ faults: [Fault]) {
        for fault in faults { add(fault) }
    }

    private mutating func add(_ fault: Fault) {
        switch fault {
        case .delayHead(let delay): delayHead = delay
        case .hang(let moment): hang = moment
        case .cut(let tokens): cutAfterTokens = tokens
        case .killRunner(let tokens): killRunnerAfterTokens = tokens
        case .failLoad(let status, let message): loadFailure = LoadFailure(status: status, message: message)
        case .queueFull: queueFull = true
        case .answer(let status, let contentType, let body):
            canned = Canned(status: status, contentType: contentType, body: body)
        case .nonsense(let kind, let tokens): nonsense = (kind, tokens)
        case .misstateLength(let difference): misstatedBy = difference
        case .dribble(let pause): dribble = pause
        case .closeAfterResponse: closesAfterResponse = true
        case .closeOnNextRequest: closesOnNextRequest = true
        case .refuseConnections: break
        }
    }
}

extension Fault.Nonsense {
    /// The bytes of the nonsense, without the frame around them.
    var bytes: [UInt8] {
        switch self {
        case .notJSON: Array("this is not JSON <at all>".utf8)
        case .invalidUTF8:
            Array(#"{"model":"smollm2","response":""#.utf8) + [0xC3, 0x28, 0xFF] + Array(#"","done":false}"#.utf8)
        case .truncatedJSON: Array(#"{"model":"smollm2","respo"#.utf8)
        case .longLine(let bytes): [UInt8](repeating: UInt8(ascii: "x"), count: bytes)
        case .html: Array("<!DOCTYPE html><html><body><h1>Welcome</h1></body></html>".utf8)
        }
    }
}
