import NIOPosix
import Synchronization

/// Answers as Ollama does: gate, routes, models, scheduler.
final class OllamaEngine: Engine {
    private struct Profiles {
        var standard: GenerationProfile
        var ofModels: [String: GenerationProfile] = [:]
    }

    let configuration: OllamaTestDouble.Configuration
    let store: ModelStore
    let scheduler: Scheduler
    let ledger: Ledger
    private let profiles: Mutex<Profiles>
    private let router: Router

    init(configuration: OllamaTestDouble.Configuration, ledger: Ledger) {
        self.configuration = configuration
        self.ledger = ledger
        store = ModelStore(configuration.models)
        scheduler = Scheduler(
            limits: Scheduler.Limits(
                parallel: configuration.parallel,
                maxLoadedModels: configuration.maxLoadedModels,
                maxQueue: configuration.maxQueue,
                keepAlive: configuration.keepAlive,
                loadTime: configuration.loadTime,
                defaultContext: configuration.contextLength,
                resurrectsVictims: configuration.resurrectsVictims,
                stallsLoads: configuration.stallsLoads
            ),
            ledger: ledger,
            eventLoop: MultiThreadedEventLoopGroup.singleton.next()
        )
        profiles = Mutex(Profiles(standard: configuration.profile))
        router = Router(OllamaRoutes.all)
    }

    func answer(_ exchange: Exchange) async throws {
        guard try await Gate(configuration).admits(exchange) else { return }
        switch router.find(exchange.request) {
        case .route(let handler): try await handler(self, exchange)
        case .redirect(let status, let location): try await Self.redirect(exchange, status, location)
        case .wrongMethod(let allowed):
            let headers = [HeaderField("Allow", allowed), .text]
            try await exchange.send(405, headers, body: Array("405 method not allowed".utf8))
        case .unknown: try await exchange.send(404, [.text], body: Array("404 page not found".utf8))
        }
    }

    private static func redirect(_ exchange: Exchange, _ status: Int, _ location: String) async throws {
        let headers = [HeaderField("Content-Type", "text/html; charset=utf-8"), HeaderField("Location", location)]
        // Only a request without a body gets the page that names the place.
        let hasPage = ["GET", "HEAD"].contains(exchange.request.method)
        let page = "<a href=\"\(location)\">\(HTTPStatus.reason(status))</a>.\n\n"
        try await exchange.send(status, hasPage ? headers : [headers[1]], body: hasPage ? Array(page.utf8) : [])
    }

    // MARK: Models

    func profile(of model: ModelDescription) -> GenerationProfile {
        profiles.withLock { $0.ofModels[model.name] ?? $0.standard }
    }

    func setProfile(_ profile: GenerationProfile, model: String?) {
        profiles.withLock { profiles in
            if let model {
                profiles.ofModels[ModelName.completed(model)] = profile
            } else {
                profiles.standard = profile
            }
        }
    }

    /// The model of a request for text, or the error of Ollama for its name.
    func model(_ name: String) throws(EngineError) -> ModelDescription {
        if name.isEmpty { throw EngineError(404, "model '' not found") }
        guard ModelName.isValid(name) else { throw EngineError(400, "invalid model name") }
        if let model = store.find(name) { return model }
        if ModelName.isCloud(name) {
            throw EngineError(403, "ollama cloud is disabled: remote model is unavailable")
        }
        throw EngineError(404, "model '\(name)' not found")
    }

    /// A place on the runner of the model.
    func lease(
        _ model: ModelDescription,
        for request: InferenceRequest,
        _ exchange: Exchange
    ) async throws
        -> Scheduler.Lease
    {
        try NativeRequests.checkOptions(request.options)
        if model.isBlobMissing {
            throw EngineError(404, "model \"\(request.modelName)\" not found, try pulling it first")
        }
        return try await scheduler.acquire(
            model,
            options: RunnerOptions(
                options: request.options,
                shift: request.shift,
                defaultContext: configuration.contextLength
            ),
            keepAlive: request.keepAlive,
            failure: exchange.plan.loadFailure.map { EngineError($0.status, $0.message) },
            isQueueFull: exchange.plan.queueFull
        )
    }
}
