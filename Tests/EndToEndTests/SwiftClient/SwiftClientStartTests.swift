import Foundation
import SharedOllamaClient
import Testing

extension EndToEnd {
    @Suite("The Swift client and an Ollama that is not there", .light)
    struct SwiftClientStart {
        private typealias Stage = SwiftClientStage

        private static func onMachine(_ test: (StandInMachine, SharedOllamaClient) async throws -> Void) async throws {
            let machine = try await StandInMachine()
            let client = SharedOllamaClient(.direct("http://127.0.0.1:\(machine.port)"))
            do {
                try await test(machine, client)
            } catch {
                await self.end(machine, client)
                throw error
            }
            await self.end(machine, client)
        }

        private static func end(_ machine: StandInMachine, _ client: SharedOllamaClient) async {
            await client.shutdown()
            machine.remove()
        }

        @Test("starts it for its address, once, and leaves it running")
        func starts() async throws {
            try await Self.onMachine { machine, client in
                let start = try await client.ensureRunning(program: machine.program)
                guard case .started(let number) = start else {
                    Issue.record("it was there before")
                    return
                }
                let pid = Int32(number)
                defer { kill(pid, SIGKILL) }
                #expect(isAlive(pid))
                #expect(try await client.models().isEmpty == false)
                let again = try await client.ensureRunning(program: machine.program)
                #expect(again == .wasRunning)
                // It is no child of this process, so that nobody has to wait for its end.
                #expect(waitpid(pid, nil, WNOHANG) == -1)
                await client.shutdown()
                #expect(isAlive(pid))
            }
        }

        @Test("says that there is no program to start")
        func notInstalled() async throws {
            try await Self.onMachine { _, client in
                let error = await Stage.failure { try await client.ensureRunning(program: "no-such-ollama") }
                #expect(error?.code == .notInstalled && error?.message.contains("no-such-ollama") == true)
            }
        }

        @Test("does not wait for ever for one that does not come")
        func doesNotCome() async throws {
            try await Self.onMachine { _, client in
                let error = await Stage.failure {
                    try await client.ensureRunning(within: .milliseconds(700), program: "true")
                }
                #expect(error?.code == .unreachable, "\(error as Any)")
            }
        }

        @Test("starts nothing where it would listen for other machines as well")
        func everywhere() async throws {
            try await Self.onMachine { machine, _ in
                try await SharedOllamaClient.withClient(.direct("http://0.0.0.0:\(machine.port)")) { client in
                    let error = await Stage.failure {
                        try await client.ensureRunning(within: .milliseconds(500), program: machine.program)
                    }
                    #expect(error?.code == .unreachable && machine.events.isEmpty, "\(error as Any)")
                }
            }
        }

        @Test("does not take anything else that answers for an Ollama")
        func somethingElse() async throws {
            try await ImageServer.run(Array("{}".utf8)) { server in
                try await SharedOllamaClient.withClient(.direct("http://127.0.0.1:\(server.port)")) { client in
                    let error = await Stage.failure { try await client.ensureRunning(program: "no-such-ollama") }
                    #expect(error?.code == .unreadableAnswer, "\(error as Any)")
                }
            }
        }
    }
}
