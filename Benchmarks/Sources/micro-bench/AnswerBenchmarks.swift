import Application
import Domain
import NIOCore

extension Benchmark {
    /// An engine's answer, and its way out.
    static var ofAnswers: [Benchmark] {
        [
            Benchmark("engine-answer-read") {
                let bytes = Inputs.wire(
                    "HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nDate: Sat, 21 Nov 2026 02:07:19 GMT\r\n"
                        + "Transfer-Encoding: chunked\r\n\r\n"
                )
                return {
                    var decoder = ResponseDecoder()
                    var bytes = bytes
                    decoder.append(&bytes)
                    guard case .head(let head)? = try decoder.next() else { return 0 }
                    return head.status
                }
            },
            Benchmark("engine-chunk-read") {
                var decoder = ResponseDecoder()
                var head = Inputs.wire("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
                decoder.append(&head)
                _ = try decoder.next()
                let size = String(Inputs.token.count + 1, radix: 16)
                let line = String(decoding: Inputs.token, as: UTF8.self)
                let chunk = Inputs.wire("\(size)\r\n\(line)\n\r\n")
                return {
                    var bytes = chunk
                    decoder.append(&bytes)
                    guard case .body(let body)? = try decoder.next(), try decoder.next() == nil else { return 0 }
                    return body.readableBytes
                }
            },
            Benchmark("engine-token-read") {
                var decoder = OllamaLineDecoder(callIDPrefix: "0b1f6a5c")
                var events: [GenerationEvent] = []
                let line = Inputs.token
                return {
                    events.removeAll(keepingCapacity: true)
                    try decoder.decode(line, in: 0..<line.count, into: &events)
                    return events.count
                }
            },
            Benchmark("relayed-token-count") {
                var meter = RelayMeter(.chat)
                let line = ByteBuffer(bytes: Inputs.token + [0x0A])
                return {
                    meter.read(line)
                    return meter.progress.pieces
                }
            },
            Benchmark("openai-chunk-write") {
                var writer = OpenAIFrameWriter(Inputs.openAIForm, model: "llama3.2:3b")
                var buffer = ByteBuffer()
                let event = GenerationEvent.text(JSONText(" scattered"))
                return {
                    buffer.clear()
                    writer.append(event, choice: 0, to: &buffer)
                    return buffer.readableBytes
                }
            },
            Benchmark("openai-answer-write") {
                var collector = GenerationCollector()
                for _ in 0..<120 { collector.add(.text(JSONText(" scattered"))) }
                collector.add(.finished(Inputs.summary))
                let results = collector.result.map { [$0] } ?? []
                return {
                    Inputs.openAIForm.body(results, usage: Inputs.summary.usage, model: "llama3.2:3b").count
                }
            },
        ]
    }
}

extension Inputs {
    /// Bytes as they come from a connection.
    fileprivate static func wire(_ text: String) -> ByteBuffer { ByteBuffer(string: text) }

    /// How OpenAI's chat is answered.
    fileprivate static var openAIForm: OpenAIForm<OpenAIChatShape> {
        let identity = OpenAIIdentity(id: "chatcmpl-0b1f6a5c9d7e4f3a", created: 1_800_000_000)
        return OpenAIForm(shape: OpenAIChatShape(identity: identity), tellsUsage: true)
    }
}

/// Stands for the shapes of errors, which need the router: no benchmark fails.
enum ErrorShape {
    case openAI

    func body(of error: ServiceError, requestID: RequestID) -> [UInt8] { Array(error.message.utf8) }
}
