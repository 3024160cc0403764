import Application
import Infrastructure
import NIOCore

/// Makes the clients of engines, all with the same deadlines and limits.
struct EngineFactory: Sendable {
    let configuration: ServiceConfiguration
    let eventLoops: any EventLoopGroup

    /// The client of a configured engine.
    func client(for engine: ServiceConfiguration.Engine) throws -> any EngineClient {
        try self.client(
            identity: EngineIdentity(name: engine.name, kind: engine.kind),
            address: engine.address,
            apiKey: engine.apiKey?.revealed,
            caFile: engine.caFile
        )
    }

    /// The client of any engine.
    func client(
        identity: EngineIdentity,
        address: EngineAddress,
        apiKey: String? = nil,
        caFile: String? = nil
    ) throws -> any EngineClient {
        let timeouts = self.configuration.timeouts
        let transport = try EngineTransport(
            EngineTransport.Configuration(
                address: address,
                deadlines: EngineDeadlines(
                    connect: timeouts.connect,
                    load: timeouts.load,
                    firstToken: timeouts.firstToken,
                    idle: timeouts.idle,
                    total: timeouts.total
                ),
                apiKey: apiKey,
                caFile: caFile,
                maxLineBytes: self.configuration.limits.maxEngineLineBytes,
                maxErrorBytes: self.configuration.limits.maxErrorBodyBytes
            ),
            eventLoops: self.eventLoops
        )
        switch identity.kind {
        case .ollama: return OllamaEngineClient(identity: identity, transport: transport)
        case .openAI: return OpenAIEngineClient(identity: identity, transport: transport)
        }
    }
}
