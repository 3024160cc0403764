import Domain
import Testing

@testable import Infrastructure

@Suite("Whose failure an engine's failure is")
struct EngineBlameTests {
    /// An answer as it was recorded, and whom it is to be laid to.
    struct Recorded: Sendable, CustomTestStringConvertible {
        let status: Int
        let body: String
        let blame: EngineBlame?
        var testDescription: String { "\(self.status) \(self.body.prefix(60))" }
    }

    @Test(
        "Only a runner's and a loader's words make a 500 the model's failure; 501 and 4xx never are one",
        arguments: [
            Recorded(
                status: 500,
                body: #"{"error":"an error was encountered while running the model: unexpected EOF"}"#,
                blame: .model
            ),
            Recorded(
                status: 500,
                body:
                    #"{"error":"tensor \"token_embd.weight\" offset+size (184785600) exceeds file size (100000000)"}"#,
                blame: .model
            ),
            Recorded(
                status: 500,
                body:
                    #"{"error":{"message":"tensor \"token_embd.weight\" offset+size (184785600) exceeds file size (100000000)","type":"api_error","param":null,"code":null}}"#,
                blame: .model
            ),
            Recorded(
                status: 500,
                body: #"{"error":"llama_model_load: error loading model: unable to allocate CUDA0 buffer"}"#,
                blame: .model
            ),
            Recorded(status: 500, body: #"{"error":"model requires more system memory"}"#, blame: .model),
            Recorded(
                status: 503,
                body: #"{"error":"server busy, please try again.  maximum pending requests exceeded"}"#,
                blame: .model
            ),
            Recorded(status: 502, body: "<html>Bad Gateway</html>", blame: .model),
            Recorded(status: 504, body: "", blame: .model),
            Recorded(
                status: 500,
                body:
                    #"{"error":"invalid format: \"\\\"yaml\\\"\"; expected \"json\" or a valid JSON Schema object"}"#,
                blame: nil
            ),
            Recorded(status: 500, body: #"{"error":"option \"temperature\" must be of type float32"}"#, blame: nil),
            Recorded(
                status: 500,
                body: #"{"error":"This server does not support embeddings. Start it with `--embeddings`"}"#,
                blame: nil
            ),
            Recorded(
                status: 500,
                body:
                    #"{"error":{"code":500,"message":"[json.exception.parse_error.101] parse error at line 1, column 10: syntax error while parsing value - unexpected end of input; expected '[', '{', or a literal","type":"server_error"}}"#,
                blame: nil
            ),
            Recorded(status: 500, body: "", blame: nil),
            Recorded(
                status: 501,
                body:
                    #"{"error":{"code":501,"message":"This server does not support embeddings. Start it with `--embeddings`","type":"not_supported_error"}}"#,
                blame: nil
            ),
            Recorded(status: 400, body: #"{"error":"\"smollm2\" does not support thinking"}"#, blame: nil),
            Recorded(
                status: 404,
                body: #"{"error":"model \"gemma3-270m\" not found, try pulling it first"}"#,
                blame: nil
            ),
            Recorded(status: 401, body: "", blame: nil), Recorded(status: 429, body: "", blame: nil),
        ]
    )
    func refusals(_ recorded: Recorded) {
        let refusal = EngineRefusal(status: recorded.status, body: Array(recorded.body.utf8))
        #expect(EngineErrors.error(for: refusal, model: "smollm2").blame == recorded.blame)
    }

    @Test("No connection and no word are the engine's, a load that takes too long is the model's, total is nobody's")
    func onTheWay() {
        let deadlines = EngineDeadlines(
            connect: .seconds(1),
            load: .seconds(1),
            firstToken: .seconds(1),
            idle: .seconds(1),
            total: .seconds(1)
        )
        let cases: [(TransportFailure, EngineBlame?)] = [
            (.unreachable, .engine), (.broken("x"), .engine), (.malformed("x"), nil),
            (.timedOut(.firstToken), .engine), (.timedOut(.idle), .engine), (.timedOut(.load), .model),
            (.timedOut(.total), nil),
        ]
        for (failure, blame) in cases {
            #expect(EngineErrors.error(for: failure, deadlines: deadlines).blame == blame, "\(failure)")
        }
    }

    @Test("What an engine says in the middle of its answer counts by its words")
    func midStream() {
        let died = EngineErrors.brokenOff("an error was encountered while running the model: unexpected EOF")
        #expect(died.blame == .model)
        #expect(EngineErrors.brokenOff("the prompt is not to my liking").blame == nil)
        #expect(EngineErrors.unfinished.blame == .model)
    }

    @Test("A model that cannot be loaded is refused in the engine's words, without paths and addresses")
    func cannotLoad() {
        let body = #"{"error":"error loading model /var/lib/ollama/models/blobs/sha256-94: dial 127.0.0.1:4000"}"#
        let error = EngineErrors.error(for: EngineRefusal(status: 500, body: Array(body.utf8)), model: "smollm2")
        #expect(error.code == .modelUnavailable && error.retryAfter != nil)
        #expect(error.message.contains("error loading model"))
        #expect(!error.message.contains("/var/lib") && !error.message.contains("127.0.0.1"))
    }
}
