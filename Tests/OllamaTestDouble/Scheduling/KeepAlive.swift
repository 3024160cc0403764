/// How long a model stays loaded after its last request.
public enum KeepAlive: Sendable, Equatable {
    /// So long; zero unloads at once.
    case duration(Duration)
    /// Until something else needs the room.
    case forever

    /// Ollama's spelling: seconds as a number, or a Go duration; negative means for ever.
    public init?(text: String) {
        if let seconds = Double(text) {
            self.init(seconds: seconds)
        } else {
            guard let duration = GoDuration.parse(text) else { return nil }
            self = duration < .zero ? .forever : .duration(duration)
        }
    }

    init(seconds: Double) {
        let isBounded = (0...GoDuration.longest).contains(seconds)
        self = isBounded ? .duration(.milliseconds(Int64(seconds * 1000))) : .forever
    }

    /// The field of a request; nil when it is absent.
    static func read(_ value: JSONValue?) throws(EngineError) -> KeepAlive? {
        switch value {
        case nil, .null: return nil
        case .integer(let seconds): return KeepAlive(seconds: Double(seconds))
        case .number(let seconds): return KeepAlive(seconds: seconds)
        case .string(let text):
            guard let duration = GoDuration.parse(text) else {
                throw EngineError(400, "time: invalid duration \(JSONValue.string(text).encoded())", isEarly: true)
            }
            return duration < .zero ? .forever : .duration(duration)
        default: throw EngineError(400, "invalid type for keep_alive")
        }
    }

    var isZero: Bool { self == .duration(.zero) }
}

/// Go's spelling of durations: `1h2m3.5s`, `300ms`, `-1m`.
enum GoDuration {
    /// The longest one, in seconds: 64 bits of nanoseconds.
    static let longest = 9_223_372_036.0
    private static let units: [(name: String, duration: Duration)] = [
        ("ns", .nanoseconds(1)), ("us", .microseconds(1)), ("µs", .microseconds(1)), ("ms", .milliseconds(1)),
        ("s", .seconds(1)), ("m", .seconds(60)), ("h", .seconds(3600)),
    ]

    static func parse(_ text: String) -> Duration? {
        var rest = Substring(text)
        let isNegative = rest.first == "-"
        if isNegative || rest.first == "+" { rest.removeFirst() }
        if rest == "0" { return .zero }
        guard !rest.isEmpty else { return nil }
        var total = Duration.zero
        while !rest.isEmpty {
            let number = rest.prefix { $0.isNumber || $0 == "." }
            rest.removeFirst(number.count)
            let name = rest.prefix { !$0.isNumber && $0 != "." }
            rest.removeFirst(name.count)
            guard let value = Double(number), let unit = units.first(where: { $0.name == name }),
                value * (unit.duration / .seconds(1)) <= longest
            else { return nil }
            total += unit.duration * value
            guard total <= .seconds(longest) else { return nil }
        }
        return isNegative ? .zero - total : total
    }
}
