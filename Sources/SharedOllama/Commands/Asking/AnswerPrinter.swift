import Domain
import NIOHTTP1

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Asks a service for an answer and prints it as it comes.
struct AnswerPrinter: Sendable {
    let service: ServiceClient
    let options: AnswerOptions

    /// Asks, and prints the answer's text; with `--json` the whole answer as the service gives it.
    ///
    /// - Returns: the text.
    /// - Throws: ``ClientFailure``.
    func answer(_ path: String, _ body: JSONObject) async throws -> String {
        guard !self.options.client.json else {
            let answer = try await self.service.post(path, body, headers: self.headers)
            StandardOutput.write("\(answer.text)\n")
            return answer["message"]?["content"]?.string ?? answer["text"]?.string ?? ""
        }
        var body = body
        body["stream"] = .bool(true)
        let id = "cli-\(UUID().uuidString.lowercased())"
        let call = ServiceCall(.POST, path, body: body, headers: self.headers.merging(["X-Request-ID": id]) { $1 })
        do {
            return try await self.print(call)
        } catch ClientFailure.failed(let message) {
            // What ends a stream that fails may get lost with its connection; the log has it.
            throw ClientFailure.failed("\(message) (request \(id))")
        }
    }

    private var headers: [String: String] { self.options.project.map { ["X-Project-Name": $0] } ?? [:] }

    /// Prints an answer as it comes.
    private func print(_ call: ServiceCall) async throws -> String {
        var (text, last, isThinking) = ("", JSONValue.null, false)
        try await self.service.events(call) { event in
            let frame = event.data
            if let thought = frame["thinking"]?.string, !thought.isEmpty, Terminal.showsProgress {
                // What a model thinks is no part of its answer.
                StandardError.write(isThinking ? thought : "\u{1B}[2m\(thought)")
                isThinking = true
            }
            if let chunk = frame["chunk"]?.string, !chunk.isEmpty {
                if isThinking { StandardError.write("\u{1B}[0m\n") }
                isThinking = false
                StandardOutput.write(chunk)
                text += chunk
            }
            last = frame
            return !(frame["done"]?.isTrue ?? false)
        }
        if isThinking { StandardError.write("\u{1B}[0m\n") }
        if !text.isEmpty, !text.hasSuffix("\n") { StandardOutput.write("\n") }
        try self.check(last)
        return text
    }

    /// Tells the figures of an answer that came to its end.
    private func check(_ last: JSONValue) throws(ClientFailure) {
        if let message = last["error"]?.string {
            throw .failed("\(message) (\(last["code"]?.string ?? "?"))")
        }
        guard last["done"]?.isTrue ?? false else { throw .failed("the answer broke off") }
        for warning in last["warnings"]?.elements.compactMap(\.string) ?? [] {
            StandardError.write("shared-ollama: \(warning)\n")
        }
        if self.options.tellsFigures { StandardError.write("\(Self.figures(last))\n") }
    }

    /// `smollm2:135m: 34 tokens in 830 ms, of which 12 ms in line`.
    static func figures(_ last: JSONValue) -> String {
        var text = "\(last["model"]?.string ?? "?"): \(last["generation_eval_count"]?.integer ?? 0) tokens"
        if let latency = last["latency_ms"]?.double { text += " in \(PlainWords.latency(milliseconds: latency))" }
        if let wait = last["queue_wait_ms"]?.double, wait >= 1 {
            text += ", \(PlainWords.latency(milliseconds: wait)) of it in line"
        }
        if let load = last["model_load_ms"]?.double, load >= 1 {
            text += ", \(PlainWords.latency(milliseconds: load)) loading"
        }
        if let reason = last["done_reason"]?.string, reason != "stop" { text += ", ended by \(reason)" }
        return text
    }
}
