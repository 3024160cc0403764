public import Domain

/// Something that a model is to do, as far as line, limits and memory are concerned with it.
public protocol ExchangeWork: Sendable {
    /// How to do it; what changes how a model sits in memory is normalised before an engine gets it.
    var options: GenerationOptions { get set }
    /// The bytes of the prompt's text.
    var promptBytes: Int { get }
    /// Whether pictures are part of it, which makes it the business of the queue for vision.
    var hasImages: Bool { get }
    /// Whether an engine tells the answer piece by piece.
    var tellsPieces: Bool { get }
    /// The pictures that have to be prepared, in their order.
    var images: [SourceImage] { get }
    /// In which form they are to be sent on.
    var imageWish: ImageWish { get }
    /// The same with its pictures prepared: as many as ``images``, in their order.
    func with(images: [EncodedImage]) -> Self
}

/// What an engine is asked to do.
public enum EngineWork: ExchangeWork, Hashable {
    /// Continue a prompt.
    case generate(GenerationRequest)
    /// Answer a conversation.
    case chat(ChatRequest)
    /// Turn texts into vectors.
    case embed(EmbeddingRequest)

    /// How to do it.
    public var options: GenerationOptions {
        get {
            switch self {
            case .generate(let request): request.options
            case .chat(let request): request.options
            case .embed(let request): request.options
            }
        }
        set {
            switch self {
            case .generate(var request):
                request.options = newValue
                self = .generate(request)
            case .chat(var request):
                request.options = newValue
                self = .chat(request)
            case .embed(var request):
                request.options = newValue
                self = .embed(request)
            }
        }
    }

    /// The bytes of the prompt's text, tools and their calls included.
    public var promptBytes: Int {
        switch self {
        case .generate(let request): request.prompt.text.utf8.count + (request.system?.text.utf8.count ?? 0)
        case .chat(let request): request.promptBytes
        case .embed(let request): request.inputs.reduce(0) { $0 + $1.utf8.count }
        }
    }

    /// Whether pictures are part of it.
    public var hasImages: Bool {
        guard case .chat(let request) = self else { return false }
        return request.messages.contains { !$0.images.isEmpty }
    }

    /// Whether an engine tells the answer piece by piece: all but vectors, which come at once.
    public var tellsPieces: Bool {
        if case .embed = self { false } else { true }
    }

    /// The pictures that have to be prepared, in their order.
    public var images: [SourceImage] {
        guard case .chat(let request) = self else { return [] }
        return request.messages.enumerated().flatMap { index, message in
            message.images.compactMap { SourceImage($0, message: index) }
        }
    }

    /// In which form they are to be sent on.
    public var imageWish: ImageWish {
        if case .chat(let request) = self { request.imageWish } else { ImageWish() }
    }

    /// The same with its pictures prepared.
    public func with(images: [EncodedImage]) -> EngineWork {
        guard case .chat(var request) = self else { return self }
        var images = images[...]
        request.messages = request.messages.map { message in
            guard !message.images.isEmpty else { return message }
            let prepared = message.images.map { image in
                if case .prepared = image.content { return image }
                guard let next = images.popFirst() else { return image }
                return image.prepared(base64: next.base64, format: next.format)
            }
            return message.with(images: prepared)
        }
        return .chat(request)
    }
}

extension SourceImage {
    /// A picture of a message; nil if it is prepared already.
    fileprivate init?(_ image: ImagePart, message: Int) {
        switch image.content {
        case .base64(let text): self.init(.text(text), pointer: image.pointer, message: message)
        case .url(let url): self.init(.url(url), pointer: image.pointer, message: message)
        case .prepared: return nil
        }
    }
}

/// A piece of work for one engine, with what the service knows about the model there.
public struct EngineJob<Work: ExchangeWork>: Sendable {
    /// What to do.
    public let work: Work
    /// What this engine calls the model.
    public let model: String
    /// Whether the engine listed the model as loaded when the request was made: decides which deadline holds.
    public let isLoaded: Bool
    /// The context length with which the model is loaded, where known.
    public let loadedContext: Int?
    /// The request's id, passed on to the engine.
    public let requestID: RequestID
    /// How long the caller still wants the answer; nil if it did not say.
    public let timeLeft: Duration?
    /// What goes with it for its trace; nil where there is none.
    public let trace: CallTrace?

    /// Creates a job.
    public init(
        work: Work,
        model: String,
        isLoaded: Bool,
        loadedContext: Int?,
        requestID: RequestID,
        timeLeft: Duration? = nil,
        trace: CallTrace? = nil
    ) {
        self.trace = trace
        self.work = work
        self.model = model
        self.isLoaded = isLoaded
        self.loadedContext = loadedContext
        self.requestID = requestID
        self.timeLeft = timeLeft
    }

    /// The same job with other work.
    public func with<Other: ExchangeWork>(_ work: Other) -> EngineJob<Other> {
        EngineJob<Other>(
            work: work,
            model: self.model,
            isLoaded: self.isLoaded,
            loadedContext: self.loadedContext,
            requestID: self.requestID,
            timeLeft: self.timeLeft,
            trace: self.trace
        )
    }
}

/// A job whose work is understood and can be said in any engine's words.
public typealias EngineRequest = EngineJob<EngineWork>
