/// A recording that the service answers otherwise than Ollama, and why.
///
/// `docs/compatibility.md` tells the same.
struct Difference {
    let number: String
    let reason: String

    static let all = [
        Difference(number: "115", reason: "a model that does not see is told in the service's own words"),
        Difference(number: "225", reason: "a model that does not see is told in the service's own words"),
        Difference(number: "226", reason: "a model that does not see is told before its image is looked at"),
        Difference(number: "419", reason: "account routes do not exist here: a 404"),
        Difference(number: "420", reason: "cloud routes do not exist here: a 404"),
        Difference(number: "421", reason: "cloud routes do not exist here: a 404"),
        Difference(number: "423", reason: "who is refused for a page's origin is told why, and how to allow it"),
        Difference(number: "425", reason: "who is refused for a page's origin is told why, and how to allow it"),
        Difference(number: "601", reason: "who is refused for a host's name is told why, and how to allow it"),
        Difference(number: "603", reason: "who is refused for a host's name is told why, and how to allow it"),
        Difference(
            number: "614",
            reason: "a stream that the engine breaks off ends with an error line before it is cut"
        ),
        Difference(number: "806", reason: "what is no image is told with its number, in the service's own words"),
        Difference(number: "713", reason: "the service loads the model by its full name, and the engine repeats that"),
    ]

    static func of(_ recording: Recording) -> Difference? {
        all.first { $0.number == recording.number }
    }
}
