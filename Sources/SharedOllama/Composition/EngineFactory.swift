import Application
import Infrastructure
import NIOCore

/// Makes the clients of engines, all with the same deadlines and limits.
struct EngineFactory: Sendable {
    let configuration: ServiceConfiguration
    let eventLoops: any EventLoopGroup
    /// How many GPUs this machine has, if that is known.
    let gpus: Int?

    /// `counting`: who knows the GPUs of this machine.
    init(configuration: ServiceConfiguration, eventLoops: any EventLoopGroup, counting: any GPUCounting) {
        self.configuration = configuration
        self.eventLoops = eventLoops
        self.gpus = counting.count()
    }

    /// How much a configured engine runs at once.
    func limits(of engine: ServiceConfiguration.Engine) -> EngineLimits { engine.limits(gpus: self.gpus) }

    /// The client of a configured engine.
    func client(for engine: ServiceConfiguration.Engine) throws -> any EngineClient {
        try self.client(
            identity: EngineIdentity(name: engine.name, kind: engine.kind, url: engine.url),
            address: engine.address,
            apiKey: engine.apiKey?.revealed,
            caFile: engine.caFile
        )
    }

    /// The client of an engine of this machine, whose URL is known to be good.
    func localClient(identity: EngineIdentity, url: String) -> any EngineClient {
        var identity = identity
        identity.url = url
        do {
            return try self.client(identity: identity, address: EngineAddress(url: url), apiKey: nil, caFile: nil)
        } catch {
            preconditionFailure("\(url) is not the URL of an engine of this machine")
        }
    }

    private func client(
        identity: EngineIdentity,
        address: EngineAddress,
        apiKey: String?,
        caFile: String?
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
                    total: timeouts.total,
                    probe: timeouts.probe,
                    modelIdle: timeouts.modelIdle
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
