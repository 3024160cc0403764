/// Where a project wants to be told of the end of its batches.
public struct BatchWebhook: Sendable, Equatable {
    /// The address: http or https.
    public var url: String
    /// What signatures are made with; not empty.
    public var secret: [UInt8]

    /// Creates a webhook.
    public init(url: String, secret: [UInt8]) {
        self.url = url
        self.secret = secret
    }
}

/// Sends messages to webhooks: the port to an HTTP client.
public protocol WebhookSender: Sendable {
    /// Posts a message; returns the status of the answer.
    ///
    /// - Throws: an error, for operators, if no answer came.
    func post(_ body: [UInt8], headers: [(name: String, value: String)], to url: String) async throws -> Int
}
