public import Domain
import Synchronization

/// Prepares the images of requests: within limits, once for all that want the same, away from the event loops, and no more
/// at once than there are workers.
///
/// A request has one image in work at a time, so that one with many does not keep those with one waiting. What waits is
/// bounded in bytes; beyond that a request is refused.
public final class ImagePipeline: Sendable {
    /// What it goes by.
    public struct Settings: Sendable {
        /// What images may be.
        public var limits = ImageLimits()
        /// The longest side in pixels where the caller names none.
        public var maxDimension = 1568
        /// The quality of a JPEG or lossy WebP, 1 to 100.
        public var quality = 85
        /// The effort with which a PNG is packed, 0 to 9.
        public var pngLevel = 3
        /// The tokens that an image may cost; 0 is no limit.
        public var maxTokens = 0
        /// How many images are in work at once, at least 1.
        public var workers = 1
        /// What the images of all requests that are being prepared may take as they came, in bytes.
        public var maxWaitingBytes = 268_435_456
        /// What prepared images that are kept may take, in bytes.
        public var cacheBytes = 1_073_741_824
        /// How long one is kept.
        public var cacheTime = Duration.seconds(3600)

        /// The defaults.
        public init() {}
    }

    /// The tools of others that it works with.
    public struct Tools: Sendable {
        /// Decodes and encodes images.
        public var processor: any ImageProcessor
        /// Runs what blocks; at least as many threads as there are workers.
        public var threads: any WorkerThreads
        /// Reads and writes Base64.
        public var coding: any Base64Coding
        /// Computes what images are known by.
        public var digest: any DigestFunction
        /// Fetches images; nil where none are fetched.
        public var fetcher: (any ImageFetcher)?
        /// The time.
        public var clock: any ServiceClock

        /// Puts the tools together.
        public init(
            processor: any ImageProcessor,
            threads: any WorkerThreads,
            coding: any Base64Coding,
            digest: any DigestFunction,
            fetcher: (any ImageFetcher)?,
            clock: any ServiceClock
        ) {
            self.processor = processor
            self.threads = threads
            self.coding = coding
            self.digest = digest
            self.fetcher = fetcher
            self.clock = clock
        }
    }

    private struct State {
        var cache: ImageCache
        var flights: [ImageKey: ImageFlight] = [:]
        var heldBytes = 0
        var processed = 0
        var savedBytes = 0
    }

    /// What the first look at an image found.
    private enum Finding: Sendable {
        case ready(EncodedImage)
        case follow(ImageFlight)
        case lead(Lead)
    }

    /// An image that nobody has prepared yet.
    private struct Lead: Sendable {
        let bytes: [UInt8]
        let key: ImageKey
        let workingBytes: Int
        let flight: ImageFlight
    }

    /// What it goes by.
    public let settings: Settings
    private let tools: Tools
    private let places: WeightedGate
    private let memory: WeightedGate
    private let state: Mutex<State>

    /// Creates a pipeline with an empty cache.
    public init(settings: Settings, tools: Tools) {
        self.settings = settings
        self.tools = tools
        self.places = WeightedGate(capacity: settings.workers)
        self.memory = WeightedGate(capacity: settings.limits.maxDecodedBytes)
        self.state = Mutex(State(cache: ImageCache(maxBytes: settings.cacheBytes, timeToLive: settings.cacheTime)))
    }

    /// What has become of images so far.
    public var statistics: ImageStatistics {
        self.state.withLock { state in
            var statistics = ImageStatistics()
            statistics.cache = state.cache.statistics
            statistics.processed = state.processed
            statistics.savedBytes = state.savedBytes
            return statistics
        }
    }

    /// How many images are in work, how many wait for their turn, and the bytes that decoding has reserved.
    public var load: (working: Int, waiting: Int, decodedBytes: Int) {
        let places = self.places.load
        return (places.taken, places.waiting, self.memory.load.taken)
    }

    /// Prepares the images of a request.
    ///
    /// - Parameters:
    ///   - images: the images, in their order.
    ///   - order: for whom, and how.
    /// - Returns: the same images in the same order, ready for an engine.
    /// - Throws: ``ServiceError`` `invalid_image` that names the image and its field, `queue_full` while too much waits, or
    ///   `CancellationError`.
    public func prepare(_ images: [SourceImage], for order: ImageOrder) async throws -> [EncodedImage] {
        try self.checkCount(of: images)
        let size = images.reduce(0) { $0 + $1.size }
        try self.hold(size)
        defer { self.state.withLock { $0.heldBytes -= size } }
        var prepared: [EncodedImage] = []
        for (index, image) in images.enumerated() {
            do {
                prepared.append(try await self.prepare(image, for: order))
            } catch let error as ServiceError where error.code == .invalidImage || error.code == .unsupportedField {
                throw error.about(image: index, at: image.pointer)
            }
        }
        self.state.withLock { state in
            state.processed += prepared.count
            state.savedBytes += prepared.reduce(0) { $0 + $1.savedBytes }
        }
        return prepared
    }

    /// Runs work that is too long for an event loop, in a place of an image.
    func run<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await self.places.enter(1)
        defer { self.places.leave(1) }
        return try await self.tools.threads.run(work)
    }

    // MARK: Limits

    private func checkCount(of images: [SourceImage]) throws {
        let limit = self.settings.limits.maxPerRequest
        guard images.count > limit else { return }
        throw ServiceError(
            .invalidImage,
            field: images[limit].pointer,
            "There are \(images.count) images where at most \(limit) are allowed (images.max_per_request)."
        )
    }

    /// Counts what a request brings while its images wait and are prepared.
    private func hold(_ bytes: Int) throws {
        let limit = self.settings.maxWaitingBytes
        try self.state.withLock { state in
            // One alone is within the limits of a body.
            guard state.heldBytes == 0 || state.heldBytes + bytes <= limit else {
                throw ServiceError(
                    .queueFull,
                    "The images that wait to be prepared take \(state.heldBytes) of \(limit) bytes "
                        + "(queues.max_waiting_bytes).",
                    retryAfter: .seconds(1)
                )
            }
            state.heldBytes += bytes
        }
    }

    // MARK: One image

    private func prepare(_ image: SourceImage, for order: ImageOrder) async throws -> EncodedImage {
        var fetched: [UInt8]?
        if case .url(let url) = image.content { fetched = try await self.fetch(url) }
        while true {
            switch try await self.turn(image, fetched, order) {
            case .ready(let image): return image
            case .failed(let error): throw error
            // Whoever was to prepare it has left: somebody has to begin again.
            case .abandoned: continue
            }
        }
    }

    private func fetch(_ url: String) async throws -> [UInt8] {
        guard let fetcher = self.tools.fetcher else {
            throw ServiceError(
                .unsupportedField,
                "Images are not fetched from other servers (images.urls); send the image itself as "
                    + "'data:image/png;base64,…'."
            )
        }
        return try await fetcher.fetch(url)
    }

    /// Looks at an image in a place of its own, and prepares it there unless that is done or being done.
    private func turn(
        _ image: SourceImage,
        _ fetched: [UInt8]?,
        _ order: ImageOrder
    ) async throws -> ImageFlight.Landing {
        try await self.places.enter(1)
        let finding: Finding
        do {
            finding = try await self.tools.threads.run { try self.look(at: image, fetched, order) }
        } catch {
            self.places.leave(1)
            throw error
        }
        switch finding {
        case .ready(let image):
            self.places.leave(1)
            return .ready(image)
        case .follow(let flight):
            self.places.leave(1)
            return try await flight.landing()
        case .lead(let lead):
            defer { self.places.leave(1) }
            return .ready(try await self.lead(lead))
        }
    }

    /// Decodes the text, reads the header and asks the cache: all before any pixel.
    ///
    /// Blocks.
    private func look(at image: SourceImage, _ fetched: [UInt8]?, _ order: ImageOrder) throws -> Finding {
        let bytes = try fetched ?? self.decoded(image)
        guard bytes.count <= self.settings.limits.maxBytes else { throw self.tooLarge(bytes.count) }
        let header = try self.tools.processor.inspect(bytes, for: self.rendition(nil, order))
        guard header.workingBytes <= self.settings.limits.maxDecodedBytes else {
            throw ServiceError(
                .invalidImage,
                "Decoding \(header.width) by \(header.height) pixels would take \(header.workingBytes) bytes of memory; at "
                    + "most \(self.settings.limits.maxDecodedBytes) are allowed (images.max_decoded_bytes)."
            )
        }
        let key = ImageKey(digest: self.tools.digest.sha256(bytes), rendition: self.rendition(header, order))
        let now = self.tools.clock.now
        return self.state.withLock { state in
            if let flight = state.flights[key] {
                state.cache.shared()
                return .follow(flight)
            }
            if let image = state.cache.image(for: key, at: now) { return .ready(image) }
            let flight = ImageFlight()
            state.flights[key] = flight
            return .lead(Lead(bytes: bytes, key: key, workingBytes: header.workingBytes, flight: flight))
        }
    }

    private func decoded(_ image: SourceImage) throws -> [UInt8] {
        // Three bytes in four digits; line ends may stand between them.
        let most = image.size / 4 * 3
        if case .url = image.content { throw ServiceError.unexpected }
        guard most <= self.settings.limits.maxBytes + self.settings.limits.maxBytes / 16 + 3 else {
            throw self.tooLarge(most)
        }
        do throws(Base64Fault) {
            switch image.content {
            case .text(let text): return try self.tools.coding.decode(text.utf8)
            case .json(let text):
                // A backslash is no digit. So what is escaped shows, and only then all of a large text is searched once more.
                do throws(Base64Fault) {
                    return try self.tools.coding.decode(text.escaped)
                } catch {
                    guard text.hasEscapes else { throw error }
                    return try self.tools.coding.decode(text.decoded.utf8)
                }
            case .url: return []
            }
        } catch {
            throw ServiceError(.invalidImage, "illegal base64 data at input byte \(error.offset)")
        }
    }

    private func tooLarge(_ bytes: Int) -> ServiceError {
        ServiceError(
            .invalidImage,
            "The image has \(bytes) bytes; at most \(self.settings.limits.maxBytes) are allowed (images.max_bytes)."
        )
    }

    /// Prepares an image for all that wait for it.
    private func lead(_ lead: Lead) async throws -> EncodedImage {
        var landing = ImageFlight.Landing.abandoned
        defer {
            self.state.withLock { $0.flights[lead.key] = nil }
            lead.flight.land(landing)
        }
        do {
            let image = try await self.encoded(lead)
            let now = self.tools.clock.now
            self.state.withLock { $0.cache.store(image, for: lead.key, at: now) }
            landing = .ready(image)
            return image
        } catch let error as ServiceError {
            landing = .failed(error)
            throw error
        }
    }

    private func encoded(_ lead: Lead) async throws -> EncodedImage {
        try await self.memory.enter(lead.workingBytes)
        defer { self.memory.leave(lead.workingBytes) }
        let flag = CancellationFlag()
        return try await withTaskCancellationHandler {
            try await self.tools.threads.run { [tools = self.tools] in
                let image = try tools.processor.prepare(lead.bytes, as: lead.key.rendition, unless: flag)
                return EncodedImage(image, coding: tools.coding)
            }
        } onCancel: {
            flag.raise()
        }
    }

    /// What is to become of an image; without its header, the largest that it may become.
    private func rendition(_ header: ImageHeader?, _ order: ImageOrder) -> ImageRendition {
        var rendition = ImageRendition(
            maxDimension: order.wish.maxDimension ?? self.settings.maxDimension,
            format: order.wish.format.flatMap { order.accepted.contains($0) ? $0 : nil } ?? .jpeg,
            compresses: order.wish.compresses,
            accepted: order.accepted,
            quality: self.settings.quality,
            pngLevel: self.settings.pngLevel
        )
        guard let header, rendition.compresses else { return rendition }
        if self.settings.maxTokens > 0 {
            let (width, height) = rendition.size(of: header)
            let side = order.family.dimension(width: width, height: height, within: self.settings.maxTokens)
            if let side { rendition.maxDimension = min(rendition.maxDimension, side) }
        }
        if order.wish.keepsFitting, max(header.width, header.height) <= rendition.maxDimension {
            rendition.compresses = false
        }
        return rendition
    }
}

extension ServiceError {
    /// The same about one image of a request.
    fileprivate func about(image index: Int, at pointer: String) -> ServiceError {
        let message = "images[\(index)]: \(self.message)"
        let faults = [FieldFault(pointer: pointer, detail: self.message)]
        return ServiceError(self.code, message, faults: faults, isRetryable: self.isRetryable)
    }
}

extension ImageRendition {
    /// The size in which an image is sent, as it is stored: no larger than it is.
    fileprivate func size(of header: ImageHeader) -> (width: Int, height: Int) {
        let scale = Double(self.maxDimension) / Double(max(header.width, header.height))
        guard scale < 1 else { return (header.width, header.height) }
        return (
            max(1, Int((Double(header.width) * scale).rounded())),
            max(1, Int((Double(header.height) * scale).rounded()))
        )
    }
}
