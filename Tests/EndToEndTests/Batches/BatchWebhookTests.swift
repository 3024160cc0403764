import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import OllamaTestDouble
import Testing

extension EndToEnd {
    @Suite("The webhook of a project's batches", .light)
    struct BatchWebhooks {
        /// Somebody else's server: notes what it gets, and answers the first message with 500.
        private final class Receiver: ChannelInboundHandler {
            typealias InboundIn = ByteBuffer
            typealias OutboundOut = ByteBuffer

            private let messages: Watched<[String]>
            private var text = ""

            init(_ messages: Watched<[String]>) { self.messages = messages }

            func channelRead(context: ChannelHandlerContext, data: NIOAny) {
                self.text += String(buffer: self.unwrapInboundIn(data))
                // A body of JSON ends with its brace; the head has none.
                guard self.text.contains("\r\n\r\n"), self.text.hasSuffix("}") else { return }
                let isFirst = self.messages.value.isEmpty
                self.messages.change { $0.append(self.text) }
                self.text = ""
                let status = isFirst ? "500 Internal Server Error" : "204 No Content"
                let answer = ByteBuffer(string: "HTTP/1.1 \(status)\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                context.writeAndFlush(self.wrapOutboundOut(answer), promise: nil)
            }
        }

        private static func header(_ name: String, in message: String) -> String {
            let line = message.split(separator: "\r\n").first { $0.lowercased().hasPrefix("\(name): ") }
            return line.map { String($0.dropFirst(name.count + 2)) } ?? ""
        }

        /// What another program says is the authentication code.
        private static func code(of text: String, key: String) throws -> String {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            process.arguments = ["openssl", "dgst", "-sha256", "-hmac", key, "-binary"]
            let (input, output) = (Pipe(), Pipe())
            process.standardInput = input
            process.standardOutput = output
            try process.run()
            input.fileHandleForWriting.write(Data(text.utf8))
            try input.fileHandleForWriting.close()
            let code = output.fileHandleForReading.readDataToEndOfFile()
            process.waitUntilExit()
            return code.base64EncodedString()
        }

        @Test("The end of a batch is told, signed, and told again where the first message was not taken")
        func told() async throws {
            let messages = Watched<[String]>([])
            let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(Receiver(messages))
                    }
                }
                .bind(host: "127.0.0.1", port: 0).get()
            let directory = try TemporaryDirectory()
            defer { directory.remove() }
            let secret = "a-secret-of-thirty-two-characters"
            try secret.write(toFile: "\(directory.path)/secret", atomically: true, encoding: .utf8)
            let settings = [
                "PROJECTS_0_NAME": "search",
                "PROJECTS_0_WEBHOOK_URL": "http://127.0.0.1:\(listener.localAddress?.port ?? 0)/hook",
                "PROJECTS_0_WEBHOOK_SECRET_FILE": "\(directory.path)/secret",
            ]
            try await Stage.ollama(
                { $0.profile = .init(tokenPace: .milliseconds(1), tokenCount: 2) },
                settings: settings
            ) {
                service,
                _ in
                let id = try await StoredBatchRuns.submit(
                    StoredBatchRuns.lines(3),
                    to: service,
                    headers: ["X-Project-Name": "search"]
                )
                let told = try await messages.wait(for: "two messages", within: .seconds(180)) { $0.count >= 2 }
                #expect(told[0].hasPrefix("POST /hook HTTP/1.1\r\n"), "\(told[0])")
                let event = Self.header("webhook-id", in: told[0])
                #expect(!event.isEmpty && event == Self.header("webhook-id", in: told[1]))
                for message in told.prefix(2) {
                    let body = String(message[(message.range(of: "\r\n\r\n")?.upperBound ?? message.endIndex)...])
                    let json = try JSON(parsing: body.utf8)
                    #expect(json["type"] == "batch.completed" && json["data"]?["id"]?.string == id, "\(body)")
                    #expect(json["data"]?["request_counts"]?["completed"] == 3, "\(body)")
                    let signed = "\(event).\(Self.header("webhook-timestamp", in: message)).\(body)"
                    #expect(
                        Self.header("webhook-signature", in: message) == "v1,\(try Self.code(of: signed, key: secret))"
                    )
                }
            }
            try await listener.close().get()
        }
    }
}
