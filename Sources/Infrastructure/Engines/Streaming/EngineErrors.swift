import Application
import Domain

/// What an engine said instead of an answer.
struct EngineRefusal: Sendable, Equatable {
    /// The status of the answer.
    var status: Int
    /// The engine's words.
    var message: String
    /// The prompt's and the context's length, if the prompt does not fit.
    var overflow: Overflow?

    /// A prompt that does not fit, in tokens.
    struct Overflow: Sendable, Equatable {
        /// The prompt's length.
        var prompt: Int
        /// The context's length.
        var context: Int
    }
}

/// Turns what goes wrong at an engine into what a caller is told.
enum EngineErrors {
    /// The error for an engine that answered with another status than 200.
    static func error(for refusal: EngineRefusal, model: String) -> ServiceError {
        let message = EngineErrors.cleaned(refusal.message)
        if let overflow = refusal.overflow { return EngineErrors.promptTooLarge(overflow) }
        switch refusal.status {
        case 400, 413, 422:
            if let feature = EngineErrors.unsupportedFeature(in: message) {
                return ServiceError(
                    .unsupportedField,
                    field: "/\(feature.field)",
                    "The model '\(model)' does not support \(feature.name)."
                )
            }
            return ServiceError(.invalidRequest, "The engine refused the request: \(message)")
        case 401, 403: return ServiceError(.engineError, "The engine refused the service's key.")
        case 404:
            return ServiceError(
                .modelNotFound,
                "The engine does not have the model '\(model)'. Fetch it with 'ollama pull \(model)'.",
                isRetryable: false
            )
        case 501:
            return ServiceError(.notSupportedByEngine, "The engine cannot do this: \(message)", isRetryable: false)
        case 429, 503:
            return ServiceError(
                .engineUnavailable,
                "The engine is busy: \(message)",
                retryAfter: .seconds(5),
                blame: refusal.status == 503 ? .model : nil
            )
        case 500 where EngineWords.isLoadFailure(refusal.message): return EngineErrors.cannotLoad(refusal, model: model)
        default:
            let isModel = (502...504).contains(refusal.status)
            return ServiceError(
                .engineError,
                "The engine failed with status \(refusal.status): \(message)",
                blame: isModel || refusal.status == 500 && EngineWords.isRunnerDeath(refusal.message) ? .model : nil
            )
        }
    }

    /// The error for a model that cannot be loaded, in the engine's words.
    static func cannotLoad(_ refusal: EngineRefusal, model: String) -> ServiceError {
        ServiceError(
            .modelUnavailable,
            "The engine cannot load the model '\(model)': \(EngineErrors.cleaned(refusal.message))",
            retryAfter: .seconds(30),
            blame: .model
        )
    }

    /// The error for a failure on the way.
    static func error(for failure: TransportFailure, deadlines: EngineDeadlines) -> ServiceError {
        switch failure {
        case .unreachable: return .engineUnreachable
        case .broken:
            return ServiceError(.engineError, "The engine broke off in the middle of its answer.", blame: .engine)
        case .malformed: return ServiceError(.engineError, "The engine answered with something that is not HTTP.")
        case .timedOut(let deadline):
            return EngineErrors.timeout(deadline, deadlines: deadlines)
        }
    }

    /// The error for a prompt that does not fit into the context.
    static func promptTooLarge(_ overflow: EngineRefusal.Overflow) -> ServiceError {
        ServiceError(
            .promptTooLarge,
            "The prompt has \(overflow.prompt) tokens; the model's context holds \(overflow.context).",
            isRetryable: false
        )
    }

    /// The error for an engine that says in the middle of its answer that it has failed.
    static func brokenOff(_ words: String) -> ServiceError {
        ServiceError(
            .engineError,
            "The engine failed in the middle of its answer: \(EngineErrors.cleaned(words))",
            blame: EngineWords.isRunnerDeath(words) || EngineWords.isLoadFailure(words) ? .model : nil
        )
    }

    /// The error for an answer that came to an end without its last line: so does one whose runner has died.
    static let unfinished = ServiceError(
        .engineError,
        "The engine broke off in the middle of its answer.",
        blame: .model
    )

    /// An engine's words without addresses and paths, and not too long.
    static func cleaned(_ message: String) -> String {
        let words = message.split(whereSeparator: \.isWhitespace).prefix(80)
        let cleaned = words.map { EngineErrors.isAddress($0) || EngineErrors.isPath($0) ? "…" : $0 }
        return String(cleaned.joined(separator: " ").prefix(500))
    }

    /// A URL, an IP address of either kind, or this machine's name.
    private static func isAddress(_ word: Substring) -> Bool {
        if word.contains("://") || word.contains("localhost") || word.contains("::") { return true }
        let numbers = word.split { !$0.isNumber && $0 != "." }
        return numbers.contains { $0.split(separator: ".").count == 4 }
    }

    /// A path from the root, a home directory or here, or one of Windows.
    private static func isPath(_ word: Substring) -> Bool {
        if word.contains("\\") { return true }
        guard let slash = word.firstIndex(of: "/"), word[slash...].dropFirst().contains("/") else { return false }
        // "library/name/x" is a model's name; what stands before a path's first slash is no letter.
        guard slash > word.startIndex else { return true }
        let before = word[word.index(before: slash)]
        return !before.isLetter && !before.isNumber
    }

    private static func timeout(_ deadline: TransportFailure.Deadline, deadlines: EngineDeadlines) -> ServiceError {
        func seconds(_ duration: Duration) -> String {
            let seconds = duration.inSeconds
            return Int(exactly: seconds).map(String.init) ?? String(seconds)
        }
        switch deadline {
        case .load:
            return ServiceError(
                .engineTimeout,
                "The model was not loaded within \(seconds(deadlines.load)) s (deadline load).",
                blame: .model
            )
        case .firstToken:
            return ServiceError(
                .engineTimeout,
                "The engine said nothing for \(seconds(deadlines.firstToken)) s (deadline first_token).",
                blame: .engine
            )
        case .idle:
            return ServiceError(
                .engineTimeout,
                "The engine stopped talking for \(seconds(deadlines.idle)) s (deadline idle).",
                blame: .engine
            )
        case .total:
            return ServiceError(
                .deadlineExceeded,
                "The answer was not complete within \(seconds(deadlines.total)) s (deadline total)."
            )
        case .probe:
            return ServiceError(
                .engineTimeout,
                "The engine did not answer a short question within \(seconds(deadlines.probe)) s (deadline probe).",
                blame: .engine
            )
        }
    }

    /// Ollama's words for a model that lacks a capability: `does not support tools`, `thinking`, `insert`.
    private static func unsupportedFeature(in message: String) -> (field: String, name: String)? {
        let features = [
            "tools": ("tools", "tools"),
            "thinking": ("think", "thinking"),
            "insert": ("suffix", "a suffix"),
            "chat": ("messages", "chat"),
            "generate": ("prompt", "generation"),
        ]
        return features.first { message.contains("does not support \($0.key)") }.map(\.value)
    }
}
