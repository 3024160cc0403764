import Domain

/// Puts the messages of a Messages request together, one after the other.
///
/// The results of tools, which are blocks of a user's message, are messages of their own here. Neighbours of one role become
/// one message, as Anthropic's API promises; there are models whose template insists on that.
struct ConversationReader {
    private enum Role: String, CaseIterable {
        case user, assistant, system

        var place: ContentBlockReader.Place {
            switch self {
            case .user: .user
            case .assistant: .assistant
            case .system: .system
            }
        }
    }

    /// What one side has said without the other's having a word.
    private struct Turn {
        let role: Role
        let pointer: String
        var texts: [String] = []
        var images: [ImagePart] = []
        var thoughts: [String] = []
        var calls: [ToolCall] = []

        func message() throws -> ChatMessage {
            switch self.role {
            case .user: try ChatMessage(role: .user, content: self.texts.joined(separator: "\n"), images: self.images)
            case .system: try ChatMessage(role: .system, content: self.texts.joined(separator: "\n"))
            case .assistant:
                // The parts of one answer, which follow upon one another without a gap.
                try ChatMessage(
                    role: .assistant,
                    content: self.texts.joined(),
                    thinking: self.thoughts.isEmpty ? nil : self.thoughts.joined(),
                    toolCalls: self.calls
                )
            }
        }

        var isEmpty: Bool {
            self.texts.allSatisfy(\.isEmpty) && self.images.isEmpty && self.thoughts.isEmpty && self.calls.isEmpty
        }
    }

    private let blocks: ContentBlockReader
    private let faults: FaultList
    private var finished: [ChatMessage] = []
    private var turn: Turn?

    init(blocks: ContentBlockReader, faults: FaultList) {
        self.blocks = blocks
        self.faults = faults
    }

    /// Reads `system` of a request: a text, or blocks of text.
    mutating func addSystem(of request: FieldReader) {
        let pointer = request.pointer(to: "system")
        switch request.value("system") {
        case nil: return
        case .string(let text)?: self.says(.system, at: pointer) { $0.texts.append(text) }
        case .array?:
            for case .text(let text) in request.objects("system", { self.blocks.block($0, in: .system) }) ?? [] {
                self.says(.system, at: pointer) { $0.texts.append(text) }
            }
        case let value?: request.fault("system", "A string or an array of text blocks is expected, not \(value.kind).")
        }
        self.close()
    }

    /// Reads one of `messages`.
    mutating func add(_ message: FieldReader) {
        let role = message.required("role", message.choice("role", as: Role.self))
        _ = message.required("content", message.value("content"))
        let blocks = self.blocks.blocks(of: message, in: role?.place ?? .user)
        guard let role else { return }
        let pointer = message.pointer(to: "content")
        // Results first, wherever they stand: they belong to the calls of the message before.
        let results = blocks.compactMap { block in
            if case .toolResult(let result) = block { result } else { nil }
        }
        for result in results { self.add(result, at: pointer) }
        // A tool's message has text only, so its pictures are shown in the user's name.
        let shown = results.flatMap(\.images)
        if !shown.isEmpty { self.says(role, at: pointer) { $0.images += shown } }
        for block in blocks {
            switch block {
            case .text(let text): self.says(role, at: pointer) { $0.texts.append(text) }
            case .image(let image): self.says(role, at: pointer) { $0.images.append(image) }
            case .thinking(let thought): self.says(role, at: pointer) { $0.thoughts.append(thought) }
            case .toolCall(let call): self.says(role, at: pointer) { $0.calls.append(call) }
            case .toolResult, .nothing: continue
            }
        }
    }

    /// All messages.
    mutating func messages() -> [ChatMessage] {
        self.close()
        return self.finished
    }

    // MARK: Parts

    /// Adds to what a role says; a turn of another one has ended by that.
    private mutating func says(_ role: Role, at pointer: String, _ what: (inout Turn) -> Void) {
        if self.turn?.role != role { self.close() }
        var turn = self.turn ?? Turn(role: role, pointer: pointer)
        // While it is changed here, nobody else has it: it is not copied.
        self.turn = nil
        what(&turn)
        self.turn = turn
    }

    private mutating func add(_ result: ContentBlockReader.ToolResult, at pointer: String) {
        self.close()
        self.append(at: pointer) {
            try ChatMessage(role: .tool, content: result.text, toolCallID: result.callID)
        }
    }

    /// Ends a turn; one in which nothing was said is none.
    private mutating func close() {
        guard let turn = self.turn.take() else { return }
        if !turn.isEmpty { self.append(at: turn.pointer, turn.message) }
    }

    private mutating func append(at pointer: String, _ message: () throws -> ChatMessage) {
        do {
            self.finished.append(try message())
        } catch {
            self.faults.add(pointer, error)
        }
    }
}
