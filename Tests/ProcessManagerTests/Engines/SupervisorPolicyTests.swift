import Testing

@testable import ProcessManager

private let chats = Situation.Answer.answers(canChat: true)
private let mute = Situation.Answer.answers(canChat: false)

/// One row of the table: a situation and what follows from it.
private struct Row: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let situation: Situation
    let actions: [SupervisorAction]

    init(_ name: String, _ actions: [SupervisorAction], _ change: (inout Situation) -> Void) {
        var situation = Situation()
        change(&situation)
        self.testDescription = name
        self.situation = situation
        self.actions = actions
    }
}

struct SupervisorPolicyTests {
    @Test(arguments: [
        Row("never: only takes what is there", [.adopt]) { $0.mode = .never },
        Row("never: and leaves it at that", []) {
            $0.mode = .never
            $0.isAdopted = true
            $0.hasBinary = true
            $0.bundled = .stopped
        },
        Row("always: launches", [.launch]) {
            $0.mode = .always
            $0.hasBinary = true
        },
        Row("always: refuses a stranger", [.refuse(.foreignInstance)]) {
            $0.mode = .always
            $0.hasBinary = true
            $0.answer = mute
        },
        Row("always: refuses without a program", [.refuse(.noBinary)]) { $0.mode = .always },
        Row("always: refuses another machine's address", [.refuse(.notLoopback)]) {
            $0.mode = .always
            $0.hasBinary = true
            $0.isLoopback = false
        },
        Row("always: has launched, and keeps it", []) {
            $0.mode = .always
            $0.hasBinary = true
            $0.launch = .dead
            $0.answer = chats
        },
    ])
    fileprivate func modesNeverAndAlways(row: Row) {
        #expect(SupervisorPolicy().decide(row.situation) == row.actions)
    }

    @Test(arguments: [
        Row("adopts who answers", [.adopt]) {
            $0.answer = chats
            $0.hasBinary = true
        },
        Row("launches where nobody answers", [.launch]) {
            $0.hasBinary = true
            $0.bundled = .stopped
        },
        Row("does not launch at another machine's address", [.startBundled]) {
            $0.hasBinary = true
            $0.isLoopback = false
            $0.bundled = .stopped
        },
        Row("waits for an adopted one that went away", []) {
            $0.isAdopted = true
            $0.hasBinary = true
            $0.silentFor = .seconds(29)
        },
        Row("and takes its place in the end", [.launch]) {
            $0.isAdopted = true
            $0.hasBinary = true
            $0.silentFor = .seconds(30)
        },
        Row("its own one answers", []) {
            $0.answer = chats
            $0.launch = .alive
        },
        Row("its own one is starting", []) {
            $0.launch = .alive
            $0.bundled = .stopped
            $0.chatlessFor = .seconds(9)
        },
        Row("a stranger took the place of its own one", [.yield]) {
            $0.answer = chats
            $0.launch = .dead
        },
        Row("the same in a crash loop", [.yield]) {
            $0.answer = chats
            $0.launch = .crashLoop
        },
        Row("has nothing at all", []) { $0.bundled = .unavailable },
    ])
    fileprivate func theLocalEngineInModeAuto(row: Row) {
        #expect(SupervisorPolicy().decide(row.situation) == row.actions)
    }

    @Test(arguments: [
        Row("starts where there is nothing else", [.startBundled]) { $0.bundled = .stopped },
        Row("starts beside an Ollama without a model", [.startBundled]) {
            $0.answer = mute
            $0.isAdopted = true
            $0.bundled = .stopped
        },
        Row("does not start beside one with a model", []) {
            $0.answer = chats
            $0.isAdopted = true
            $0.bundled = .stopped
        },
        Row("starts for an Ollama in a crash loop", [.startBundled]) {
            $0.launch = .crashLoop
            $0.bundled = .stopped
        },
        Row("starts for an Ollama that is away for long", [.startBundled]) {
            $0.launch = .dead
            $0.bundled = .stopped
            $0.chatlessFor = .seconds(10)
        },
        Row("drains when an Ollama can chat", [.drainBundled]) {
            $0.answer = chats
            $0.isAdopted = true
            $0.bundled = .running
        },
        Row("goes on while none can", []) {
            $0.answer = mute
            $0.isAdopted = true
            $0.bundled = .running
        },
        Row("finishes what it has", []) {
            $0.answer = chats
            $0.isAdopted = true
            $0.bundled = .draining(for: .seconds(299), requests: 1)
        },
        Row("may have been chosen a moment ago", []) {
            $0.answer = chats
            $0.isAdopted = true
            $0.bundled = .draining(for: .seconds(4), requests: 0)
        },
        Row("stops when idle", [.stopBundled]) {
            $0.answer = chats
            $0.isAdopted = true
            $0.bundled = .draining(for: .seconds(5), requests: 0)
        },
        Row("stops after a while in any case", [.stopBundled]) {
            $0.answer = chats
            $0.isAdopted = true
            $0.bundled = .draining(for: .seconds(300), requests: 2)
        },
        Row("is taken back when the Ollama goes", [.undrainBundled]) {
            $0.isAdopted = true
            $0.bundled = .draining(for: .seconds(1), requests: 0)
        },
    ])
    fileprivate func theBundledEngineInModeAuto(row: Row) {
        #expect(SupervisorPolicy().decide(row.situation) == row.actions)
    }
}
