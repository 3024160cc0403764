/// The tokens of an answer, made one by one: an answer may have more of them than memory.
enum TokenSource: Sendable {
    case fixed([String])
    case words(Fingerprint, count: Int, bytes: Int?)

    var count: Int {
        switch self {
        case .fixed(let pieces): pieces.count
        case .words(_, let count, _): count
        }
    }

    subscript(index: Int) -> String {
        switch self {
        case .fixed(let pieces): pieces[index]
        case .words(let fingerprint, _, let bytes): Self.word(fingerprint, index, bytes)
        }
    }

    var text: String { (0..<count).map { self[$0] }.joined() }

    func limited(to limit: Int) -> TokenSource {
        switch self {
        case .fixed(let pieces): .fixed(Array(pieces.prefix(limit)))
        case .words(let fingerprint, let count, let bytes): .words(fingerprint, count: min(count, limit), bytes: bytes)
        }
    }

    private static let vocabulary = [
        "the", "capital", "of", "France", "is", "Paris", "a", "river", "small", "model", "writes", "words", "that",
        "depend", "on", "its", "prompt", "and", "nothing", "else", "évidemment", "naïve", "世界", "👋", "<b>", "x & y",
        "every", "answer", "can", "be", "repeated",
    ]

    private static func word(_ fingerprint: Fingerprint, _ index: Int, _ bytes: Int?) -> String {
        let word = (index == 0 ? "" : " ") + vocabulary[fingerprint.number(at: index, below: vocabulary.count)]
        guard let bytes else { return word }
        return String(repeating: "x", count: bytes)
    }
}
