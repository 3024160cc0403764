extension KeepAlive {
    /// Until somebody says otherwise.
    public static let forEver = KeepAlive.seconds(-1)
}

extension KeepAlive: Comparable {
    /// The time in seconds; infinite where the model is to stay for ever.
    ///
    /// Source: Ollama's API, `keep_alive`: negative is for ever.
    public var lengthInSeconds: Double {
        let seconds: Double =
            switch self {
            case .seconds(let seconds): seconds
            case .duration(let text): KeepAlive.seconds(in: text)
            }
        return seconds < 0 ? .infinity : seconds
    }

    /// Whether one time is shorter than another.
    public static func < (left: KeepAlive, right: KeepAlive) -> Bool {
        left.lengthInSeconds < right.lengthInSeconds
    }

    /// The seconds of a duration that is known to be one.
    private static func seconds(in text: String) -> Double {
        var rest = text[...]
        let sign: Double = rest.first == "-" ? -1 : 1
        if rest.first == "-" || rest.first == "+" { rest.removeFirst() }
        var total = 0.0
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isNumber || $0 == "." }
            rest.removeFirst(digits.count)
            let unit = rest.prefix { !$0.isNumber && $0 != "." }
            rest.removeFirst(unit.count)
            total += (Double(digits) ?? 0) * KeepAlive.seconds(of: unit)
        }
        return sign * total
    }

    private static func seconds(of unit: Substring) -> Double {
        switch unit {
        case "h": 3600
        case "m": 60
        case "s": 1
        case "ms": 0.001
        case "ns": 0.000_000_001
        // Micro has two spellings beside "us"; a lone 0 has no unit.
        default: 0.000_001
        }
    }
}
