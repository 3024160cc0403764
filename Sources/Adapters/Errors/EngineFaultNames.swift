import Domain

/// What fields are called in a route whose engine knows them by other names.
///
/// An engine that cannot honour a field is only found out when it is asked, and then the fault has the domain's name.
struct EngineFaultNames: Sendable {
    /// The domain's pointers and the route's.
    let names: [String: String]
    /// What the schema of a tool's arguments is called below the tool; nil is the domain's `function/parameters`.
    var toolSchema: String?

    static let chat = EngineFaultNames(names: ["/think": "/reasoning_effort"])
    static let completions = EngineFaultNames(names: ["/messages": "/prompt"])
    static let responses = EngineFaultNames(
        names: ["/think": "/reasoning/effort", "/messages": "/input"],
        toolSchema: "parameters"
    )
    static let messages = EngineFaultNames(names: [:], toolSchema: "input_schema")

    /// A failure in the route's names.
    func told(_ error: any Error) -> any Error {
        (error as? ServiceError).map { self.renamed($0) } ?? error
    }

    /// The same error in the route's names.
    func renamed(_ error: ServiceError) -> ServiceError {
        ServiceError(
            error.code,
            error.message,
            faults: error.faults.map { FieldFault(pointer: self.renamed($0.pointer), detail: $0.detail) },
            retryAfter: error.retryAfter,
            isRetryable: error.isRetryable,
            blame: error.blame,
            answer: error.answer
        )
    }

    private func renamed(_ pointer: String) -> String {
        if let name = self.names[pointer] { return name }
        let parts = pointer.split(separator: "/", omittingEmptySubsequences: false)
        guard let toolSchema, parts.count >= 5, parts[1] == "tools", parts[3...4] == ["function", "parameters"] else {
            return pointer
        }
        return (parts[..<3] + [Substring(toolSchema)] + parts[5...]).joined(separator: "/")
    }
}
