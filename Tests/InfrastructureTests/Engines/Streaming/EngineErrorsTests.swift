import Domain
import Testing

@testable import Infrastructure

@Suite("What an engine's refusal becomes")
struct EngineErrorsTests {
    private static func refusal(_ status: Int, _ body: String) -> EngineRefusal {
        EngineRefusal(status: status, body: Array(body.utf8))
    }

    private static func error(_ status: Int, _ body: String) -> ServiceError {
        EngineErrors.error(for: self.refusal(status, body), model: "smollm2")
    }

    @Test("The words are found in every shape that engines give them")
    func words() {
        #expect(Self.refusal(400, #"{"error":"plain"}"#).message == "plain")
        #expect(Self.refusal(400, #"{"error":{"message":"nested","type":"x"}}"#).message == "nested")
        #expect(
            Self.refusal(400, #"{"error":"{\"error\":{\"code\":400,\"message\":\"inside\"}}"}"#).message == "inside"
        )
        for body in ["", "<html>", "[]", "{}", #"{"error":null}"#, #"{"error":5}"#, #"{"error":""}"#, #"{"error":{}}"#]
        {
            #expect(Self.refusal(500, body).message == "no reason given", "\(body)")
        }
    }

    @Test("A prompt that does not fit is told by its numbers, by Ollama and by llama.cpp's server alike")
    func overflow() {
        let inner =
            #"{"error":{"code":400,"message":"request (6031 tokens) exceeds","type":"exceed_context_size_error","#
            + #""n_prompt_tokens":6031,"n_ctx":4096}}"#
        let outer = #"{"error":"\#(inner.replacing("\"", with: "\\\""))"}"#
        for body in [inner, outer] {
            #expect(Self.refusal(400, body).overflow == .init(prompt: 6031, context: 4096))
            let error = Self.error(400, body)
            #expect(error.code == .promptTooLarge && !error.isRetryable)
            #expect(error.message.contains("6031") && error.message.contains("4096"))
        }
        #expect(Self.refusal(400, #"{"error":{"type":"exceed_context_size_error","message":"x"}}"#).overflow == nil)
    }

    @Test(
        "A statuses' meaning",
        arguments: [
            (400, ServiceError.Code.invalidRequest), (413, .invalidRequest), (422, .invalidRequest),
            (401, .engineError),
            (403, .engineError), (404, .modelNotFound), (405, .engineError), (429, .engineUnavailable),
            (500, .engineError),
            (501, .notSupportedByEngine), (502, .engineError), (503, .engineUnavailable), (504, .engineError),
            (302, .engineError),
            (204, .engineError), (999, .engineError),
        ]
    )
    func statuses(status: Int, code: ServiceError.Code) {
        let error = Self.error(status, #"{"error":"some reason"}"#)
        #expect(error.code == code)
        #expect((error.retryAfter != nil) == (code == .engineUnavailable))
    }

    @Test(
        "A model that lacks a capability is told by the field that asked for it",
        arguments: [
            ("tools", "/tools"), ("thinking", "/think"), ("insert", "/suffix"), ("chat", "/messages"),
            ("generate", "/prompt"),
        ]
    )
    func capabilities(feature: String, pointer: String) {
        let words = "registry.ollama.ai/library/smollm2:latest does not support \(feature)"
        let error = Self.error(400, #"{"error":"\#(words)"}"#)
        #expect(error.code == .unsupportedField && error.faults.first?.pointer == pointer)
        #expect(!error.message.contains("registry"))
    }

    @Test("A model that is missing is told with the command that fetches it")
    func missingModel() {
        let error = Self.error(404, #"{"error":"model 'smollm2' not found"}"#)
        #expect(error.message.contains("ollama pull smollm2") && !error.isRetryable)
    }

    @Test(
        "Addresses and paths are taken out of an engine's words",
        arguments: [
            "http://10.0.0.1:80/x", "https://gpu.internal", "127.0.0.1:11434", "192.168.1.7", "[::1]:8081", "fe80::1",
            "localhost:9999", "/var/lib/ollama/models", "\"/root/.ollama/x\"", "('/usr/bin/y')", "file=/etc/passwd/x",
            "~/.ollama/models", "../../etc/passwd", #"C:\Users\me\x"#, "127.0.0.1:43123->127.0.0.1:11434:",
        ]
    )
    func cleaned(secret: String) {
        #expect(EngineErrors.cleaned("dial \(secret) failed") == "dial … failed")
    }

    @Test(
        "Other words stay, and are not too many",
        arguments: [
            "the model needs 5.2 GiB and/or more", "text/plain is expected", "smollm2:135m failed at 3/4 of it",
            "library/smollm2:latest", "version 0.32.15", "registry.ollama.ai/library/smollm2:latest does not fit",
        ]
    )
    func kept(words: String) {
        #expect(EngineErrors.cleaned(words) == words)
    }

    @Test("Long words are cut")
    func long() {
        #expect(EngineErrors.cleaned(String(repeating: "x", count: 10_000)).count == 500)
        #expect(EngineErrors.cleaned(Array(repeating: "w", count: 10_000).joined(separator: " ")).count < 200)
        #expect(EngineErrors.cleaned("a\n\t b") == "a b")
    }

    @Test("Every failure on the way has its code and names its deadline")
    func failures() {
        let deadlines = EngineDeadlines(
            connect: .seconds(1),
            load: .seconds(2),
            firstToken: .milliseconds(2500),
            idle: .seconds(4),
            total: .seconds(5)
        )
        let expected: [(TransportFailure, ServiceError.Code, String)] = [
            (.unreachable, .engineUnavailable, "cannot be reached"), (.broken("x"), .engineError, "broke off"),
            (.malformed("x"), .engineError, "not HTTP"), (.timedOut(.load), .engineTimeout, "2 s (deadline load)"),
            (.timedOut(.firstToken), .engineTimeout, "2.5 s (deadline first_token)"),
            (.timedOut(.idle), .engineTimeout, "4 s (deadline idle)"),
            (.timedOut(.total), .deadlineExceeded, "5 s (deadline total)"),
        ]
        for (failure, code, words) in expected {
            let error = EngineErrors.error(for: failure, deadlines: deadlines)
            #expect(error.code == code && error.message.contains(words), "\(error)")
        }
    }
}
