public import Domain

/// An engine's answer to an order, and whose it is.
public struct ModelReply: Sendable {
    /// The longest answer that is read as a whole, in bytes: a description with all words of a vocabulary is some 10 MB.
    private static let limit = 67_108_864

    /// The engine.
    public let engine: EngineName
    /// Its answer.
    public let answer: any ModelAnswer
    private let model: ModelName?
    private let administration: any ModelAdministration

    init(
        engine: EngineName,
        answer: any ModelAnswer,
        model: ModelName?,
        administration: any ModelAdministration
    ) {
        self.engine = engine
        self.answer = answer
        self.model = model
        self.administration = administration
    }

    /// The whole body of an answer that says yes.
    ///
    /// - Throws: ``ServiceError`` for one that says no, and as ``ModelAnswer/next()``.
    public func whole() async throws -> [UInt8] {
        let bytes = try await self.read()
        guard self.answer.status < 400 else { throw self.error(saying: bytes) }
        return bytes
    }

    /// The same with its body read to the end.
    func collected() async throws -> ModelReply {
        let answer = CollectedAnswer(
            status: self.answer.status,
            contentType: self.answer.contentType,
            body: try await self.read()
        )
        return ModelReply(engine: self.engine, answer: answer, model: self.model, administration: self.administration)
    }

    private func read() async throws -> [UInt8] {
        var bytes: [UInt8] = []
        while let piece = try await self.answer.next() {
            bytes += piece
            guard bytes.count <= ModelReply.limit else {
                self.answer.cancel(.callerLeft)
                throw ServiceError(.engineError, "The engine's answer is longer than \(ModelReply.limit) bytes.")
            }
        }
        return bytes
    }

    /// What callers of another dialect are told for the engine's words: those of an answer, or of a line of it.
    public func error(saying words: [UInt8]) -> ServiceError {
        self.administration.error(saying: words, status: self.answer.status, model: self.model)
    }
}

/// Has engines describe, fetch, make and remove models.
///
/// What an order changes is known to the service before the caller hears of its success.
public struct AdministerModelsUseCase: Sendable {
    /// What is known of a model.
    public enum Description: Sendable {
        /// The engine's own words.
        case written(ModelReply)
        /// What an engine without words for it says otherwise.
        case known(ModelInfo, LoadedModel?, on: EngineName)
    }

    private let directory: EngineDirectory
    private let monitor: EngineMonitor

    /// Creates the use case.
    public init(directory: EngineDirectory, monitor: EngineMonitor) {
        self.directory = directory
        self.monitor = monitor
    }

    /// Describes a model, as the first engine does that has it.
    ///
    /// Where none has it, or the order names none, the first engine that can be asked says so in its own words.
    ///
    /// - Throws: ``ServiceError`` `model_not_found` where there is no such engine; else as
    ///   ``perform(_:about:on:)``.
    public func describe(
        _ model: ModelName?,
        by order: ModelOrder,
        on wish: EngineName? = nil
    ) async throws -> Description {
        if let model, let engine = try await self.engines(having: model, on: wish).first {
            let identity = engine.client.identity
            guard engine.client.administration != nil else {
                guard let info = engine.model(model) else { throw ServiceError.unknownModel(model) }
                return .known(info, engine.loadedModel(model), on: identity.name)
            }
            return .written(try await self.send(order, about: model, to: engine))
        }
        let engines: [Engine]
        do {
            engines = try await self.able(on: wish)
        } catch let error as ServiceError where error == .notSupported {
            guard self.directory.engines.contains(where: { $0.state == .up }) else { throw ServiceError.noEngineUp }
            throw model.map { .unknownModel($0) } ?? ServiceError(.invalidRequest, "model is required")
        }
        guard let engine = engines.first else { throw ServiceError.noEngineUp }
        return .written(try await self.send(order, about: model, to: engine))
    }

    /// Has one engine do something: the one that is wished for, else the first that is up and, where it is done to a
    /// model that must be there, has it.
    ///
    /// Where none has it, the first says so in its own words.
    ///
    /// - Throws: ``ServiceError`` `not_supported_by_engine`, `not_found` for an engine that does not exist,
    ///   `engine_unavailable`, `engine_timeout` or `engine_error`.
    public func perform(
        _ order: ModelOrder,
        about model: ModelName?,
        on wish: EngineName? = nil
    ) async throws -> ModelReply {
        var engines = try await self.able(on: wish)
        if let model, order.operation.needsModel {
            let having = try await self.engines(having: model, on: wish)
            if !having.isEmpty {
                engines = having.filter { $0.client.administration != nil }
                guard !engines.isEmpty else { throw ServiceError.notSupported }
            }
        }
        for engine in engines.dropLast() {
            do {
                return try await self.send(order, about: model, to: engine)
            } catch let error as ServiceError where error == .engineUnreachable && order.canBeSentAgain {
                continue
            }
        }
        guard let last = engines.last else { throw ServiceError.noEngineUp }
        return try await self.send(order, about: model, to: last)
    }

    /// Removes a model from all engines that have it, or from the one that is wished for.
    ///
    /// - Returns: the engines' answers, at least one: those that say no come first.
    /// - Throws: as ``perform(_:about:on:)``; `conflict` if it is pinned there.
    public func remove(
        _ model: ModelName?,
        by order: ModelOrder,
        on wish: EngineName? = nil
    ) async throws -> [ModelReply] {
        if let model {
            // Another name of the same weights may go.
            let pins = self.directory.pins(of: model).filter { $0.model == model && (wish ?? $0.engine) == $0.engine }
            guard pins.isEmpty else { throw ServiceError.pinned(pins) }
        }
        let able = try await self.able(on: wish)
        let having = if let model { try await self.engines(having: model, on: wish) } else { [Engine]() }
        let targets = having.filter { $0.client.administration != nil }
        guard having.isEmpty || !targets.isEmpty else { throw ServiceError.notSupported }
        var replies: [ModelReply] = []
        var failure: (any Error)?
        for engine in targets.isEmpty ? Array(able.prefix(1)) : targets {
            do {
                let reply = try await self.send(order, about: model, to: engine, refreshes: false)
                replies.append(try await reply.collected())
            } catch {
                failure = error
            }
        }
        await self.monitor.refreshNow()
        if let failure { throw failure }
        return replies.filter { $0.answer.status >= 400 } + replies.filter { $0.answer.status < 400 }
    }

    // MARK: Parts

    private typealias Engine = EngineDirectory.Engine

    /// Sends an order.
    ///
    /// `refreshes`: whether the engines are asked anew before the caller hears that it is done.
    private func send(
        _ order: ModelOrder,
        about model: ModelName?,
        to engine: Engine,
        refreshes: Bool = true
    ) async throws -> ModelReply {
        guard let administration = engine.client.administration else { throw ServiceError.notSupported }
        let name = engine.client.identity.name
        var answer: any ModelAnswer
        do {
            answer = try await administration.open(order)
        } catch let error as ServiceError where error == .engineUnreachable {
            self.directory.suspect(name)
            throw error
        }
        if refreshes, order.operation.changesModels, answer.status < 400 {
            if order.tellsProgress {
                answer = TellingAnswer(answer) { [monitor] in await monitor.refreshNow() }
            } else {
                await self.monitor.refreshNow()
            }
        }
        return ModelReply(engine: name, answer: answer, model: model, administration: administration)
    }

    /// The engines that are up and have a model; they are asked once more before the answer is no.
    private func engines(having model: ModelName, on wish: EngineName?) async throws -> [Engine] {
        func known() -> [Engine] {
            self.directory.engines.filter { engine in
                engine.state == .up && engine.model(model) != nil
                    && (wish == nil || engine.client.identity.name == wish)
            }
        }
        if let wish { _ = try self.engine(wish) }
        let engines = known()
        if !engines.isEmpty { return engines }
        await self.monitor.refresh()
        try Task.checkCancellation()
        return known()
    }

    /// The engines that are up and can be asked for more than running models: the one that is wished for, or all; at
    /// least one.
    private func able(on wish: EngineName?) async throws -> [Engine] {
        func up() throws -> [Engine] {
            let engines = if let wish { [try self.engine(wish)] } else { self.directory.engines }
            let able = engines.filter { $0.client.administration != nil }
            guard !able.isEmpty else { throw ServiceError.notSupported }
            return able.filter { $0.state == .up }
        }
        var engines = try up()
        if engines.isEmpty {
            await self.monitor.refresh()
            try Task.checkCancellation()
            engines = try up()
        }
        guard !engines.isEmpty else { throw ServiceError.noEngineUp }
        return engines
    }

    private func engine(_ name: EngineName) throws -> Engine {
        guard let engine = self.directory.engine(name) else { throw ServiceError.noSuchEngine(name) }
        return engine
    }
}

extension ModelOperation {
    /// Whether it is done to a model that an engine has.
    fileprivate var needsModel: Bool {
        switch self {
        case .show, .push, .copy, .delete: true
        case .pull, .create, .findBlob, .putBlob: false
        }
    }
}

extension ModelOrder {
    /// Whether nothing of it is gone when an engine could not be reached.
    fileprivate var canBeSentAgain: Bool {
        if case .pieces = self.body { false } else { true }
    }
}

extension ServiceError {
    /// No engine's kind has the operation.
    static let notSupported = ServiceError(
        .notSupportedByEngine,
        "Only an Ollama engine can do this; none that could is configured.",
        isRetryable: false
    )
    static let noEngineUp = ServiceError(
        .engineUnavailable,
        "No engine that can do this answers.",
        retryAfter: .seconds(2)
    )

    /// An engine that nobody has configured.
    static func noSuchEngine(_ name: EngineName) -> ServiceError {
        ServiceError(
            .notFound,
            "There is no engine '\(name.description.prefix(64))'; see GET /api/v1/system/engines.",
            isRetryable: false
        )
    }

    /// No engine has a model; in Ollama's words.
    static func unknownModel(_ model: ModelName) -> ServiceError {
        let last = model.spelling.split(separator: "/").last ?? ""
        let name = last.contains(":") ? model.spelling : "\(model.spelling):latest"
        return ServiceError(.modelNotFound, "model '\(name)' not found", isRetryable: false)
    }
}
