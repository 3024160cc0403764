import Application
import Domain
import Testing

@testable import Infrastructure

@Suite("Requests for Ollama")
struct OllamaRequestEncoderTests {
    private static func body(_ request: EngineRequest, truncates: Bool = false) -> String {
        String(decoding: OllamaRequestEncoder(request: request).body(truncates: truncates), as: UTF8.self)
    }

    @Test("What the caller leaves out is left out")
    func bare() throws {
        let request = try EncodedRequest.generate()
        #expect(OllamaRequestEncoder(request: request).path == "/api/generate")
        #expect(
            Self.body(request)
                == #"{"model":"smollm2:latest","prompt":"say \"hi\"\n","stream":true,"truncate":false,"options":{}}"#
        )
        let chat = try EncodedRequest.chat()
        #expect(OllamaRequestEncoder(request: chat).path == "/api/chat")
        #expect(
            Self.body(chat, truncates: true)
                == #"{"model":"smollm2:latest","messages":[{"role":"user","content":"hi"}],"stream":true,"truncate":true,"#
                + #""options":{}}"#
        )
    }

    @Test("Zero, false and the empty list are values")
    func zeros() throws {
        let body = Self.body(try EncodedRequest.generate(EncodedRequest.all, system: ""))
        #expect(
            body
                == #"{"model":"smollm2:latest","prompt":"say \"hi\"\n","system":"","stream":true,"truncate":false,"#
                + #""think":false,"#
                + #""keep_alive":0,"logprobs":false,"top_logprobs":0,"options":{"temperature":0,"top_p":0,"#
                + #""top_k":1,"min_p":0,"#
                + #""num_predict":7,"seed":0,"repeat_penalty":0,"presence_penalty":0,"#
                + #""frequency_penalty":-0.5,"stop":[],"num_ctx":2048}}"#
        )
    }

    @Test("A context that is loaded already is not asked for", arguments: [(2047, true), (2048, false), (4096, false)])
    func context(loaded: Int, isAsked: Bool) throws {
        let request = try EncodedRequest.generate(EncodedRequest.all, context: loaded)
        #expect(Self.body(request).contains("num_ctx") == isAsked)
    }

    @Test("A conversation goes out in Ollama's form: arguments are objects, in the caller's order")
    func conversation() throws {
        let request = try EncodedRequest.chat(
            EncodedRequest.conversation(),
            tools: [EncodedRequest.tool()]
        )
        let messages =
            #"[{"role":"system","content":"be brief"},{"role":"assistant","content":"","thinking":"hm","tool_calls":"#
            + #"[{"id":"call_1","function":{"name":"f","arguments":{"b":1,"a":[]}}}]},"#
            + #"{"role":"tool","content":"42","tool_name":"f","tool_call_id":"call_1"}]"#
        let tools =
            #"[{"type":"function","function":{"name":"f","description":"does","#
            + #""parameters":{"type":"object","x-order":[]}}}]"#
        #expect(
            Self.body(request)
                == #"{"model":"smollm2:latest","messages":\#(messages),"tools":\#(tools),"#
                + #""stream":true,"truncate":false,"options":{}}"#
        )
    }

    @Test("Formats, thoughts and times are written as Ollama reads them")
    func variants() throws {
        func body(_ change: (inout GenerationOptions) -> Void) throws -> String {
            var options = GenerationOptions()
            change(&options)
            return Self.body(try EncodedRequest.generate(options))
        }
        #expect(try body { $0.format = .json }.contains(#""format":"json""#))
        let schema = try JSONSchema(["type": .string("object")])
        #expect(try body { $0.format = .schema(schema) }.contains(#""format":{"type":"object"}"#))
        #expect(try !body { $0.format = .text }.contains("format"))
        #expect(try body { $0.think = .level(.high) }.contains(#""think":"high""#))
        #expect(try body { $0.keepAlive = try? KeepAlive(duration: "-1s") }.contains(#""keep_alive":"-1s""#))
        #expect(try body { $0.keepAlive = .seconds(1.5) }.contains(#""keep_alive":1.5"#))
    }
}
