import Domain

/// Prepares the images of requests for the models and engines that are to see them.
public struct ImagePreparation: Sendable {
    private let pipeline: ImagePipeline
    private let directory: EngineDirectory

    /// Creates it.
    public init(pipeline: ImagePipeline, directory: EngineDirectory) {
        self.pipeline = pipeline
        self.directory = directory
    }

    /// Work whose images are ready, and who can do it.
    struct Ready<Work: ExchangeWork>: Sendable {
        let work: Work
        let target: ModelTarget
    }

    /// Prepares the images of some work.
    ///
    /// What makes them useless is found before any of them is looked at.
    ///
    /// - Throws: ``ServiceError`` `unsupported_field` if the model does not see, `invalid_image`, or `queue_full`.
    func prepare<Work: ExchangeWork>(
        _ work: Work,
        for target: ModelTarget,
        entry: RequestEntry
    ) async throws -> Ready<Work> {
        let images = work.images
        guard let first = images.first else { return Ready(work: work, target: target) }
        let seeing = target.engines.filter { self.sees(target.name, on: $0) }
        guard !seeing.isEmpty else { throw ServiceError.blind(target.name, field: first.pointer) }
        let family = VisionFamily(family: self.info(of: target.name, on: seeing[0])?.family, name: target.name)
        try ImagePreparation.checkMessages(images, of: target.name, family: family)
        let kinds = Set(seeing.compactMap { self.directory.engine($0)?.client.identity.kind })
        let order = ImageOrder(
            wish: work.imageWish,
            // What they decode is not theirs to choose: most of these servers read no WebP.
            accepted: kinds.contains(.openAI) ? [.jpeg, .png] : Set(ImageFormat.allCases),
            family: family
        )
        entry.preparesImages()
        let prepared = try await self.pipeline.prepare(images, for: order)
        entry.prepared(self.report(on: prepared, order: order))
        // Putting them into the work copies what may be megabytes.
        let ready = try await self.pipeline.run { work.with(images: prepared) }
        return Ready(work: ready, target: ModelTarget(name: target.name, engines: seeing))
    }

    /// Those of some engines that can do with a request's images as they have been prepared.
    func able(_ engines: [EngineName], model: ModelName, after report: ImageReport?) -> [EngineName] {
        guard let report, report.count > 0 else { return engines }
        return engines.filter { engine in
            guard self.sees(model, on: engine) else { return false }
            return !report.hasWebP || self.directory.engine(engine)?.client.identity.kind == .ollama
        }
    }

    // MARK: Parts

    private func info(of model: ModelName, on engine: EngineName) -> ModelInfo? {
        self.directory.engine(engine)?.report?.models.first { $0.name == model }
    }

    private func sees(_ model: ModelName, on engine: EngineName) -> Bool {
        self.info(of: model, on: engine)?.may(.vision) ?? true
    }

    private static func checkMessages(
        _ images: [SourceImage],
        of model: ModelName,
        family: VisionFamily
    ) throws {
        guard let limit = family.imagesPerMessage else { return }
        for (message, own) in Dictionary(grouping: images, by: \.message).sorted(by: { $0.key < $1.key })
        where own.count > limit {
            throw ServiceError(
                .invalidImage,
                field: own[limit].pointer,
                "The model '\(model.spelling)' takes \(limit) image in a message; message \(message) has \(own.count)."
            )
        }
    }

    private func report(on images: [EncodedImage], order: ImageOrder) -> ImageReport {
        var report = ImageReport()
        report.count = images.count
        report.savedBytes = order.wish.compresses ? images.reduce(0) { $0 + $1.savedBytes } : nil
        report.hasWebP = images.contains { $0.format == .webp }
        for (index, image) in images.enumerated() {
            let tokens = order.family.tokens(width: image.width, height: image.height)
            report.tokens += tokens
            report.warnings += image.warnings(index, order: order)
        }
        return report
    }
}

extension EncodedImage {
    /// What the caller should know of the image with a number.
    fileprivate func warnings(_ index: Int, order: ImageOrder) -> [String] {
        var warnings: [String] = []
        if let format = order.wish.format, !order.accepted.contains(format) || self.notes.contains(.otherFormat) {
            warnings.append(
                "images[\(index)] was sent as \(self.format.name): an engine of this model does not read \(format.name)."
            )
        } else if self.notes.contains(.otherFormat) {
            warnings.append("images[\(index)] was sent as \(self.format.name), which an engine of this model can read.")
        }
        if self.notes.contains(.firstFrame) {
            warnings.append("images[\(index)] is an animation: the model sees its first frame.")
        }
        if self.notes.contains(.truncated) {
            warnings.append("images[\(index)] is damaged or ends too early: a part of it is missing.")
        }
        return warnings
    }
}

extension ServiceError {
    /// The model does not see.
    fileprivate static func blind(_ model: ModelName, field: String) -> ServiceError {
        ServiceError(
            .unsupportedField,
            "The model '\(model.spelling)' does not see images; GET /api/v1/models lists those with the capability "
                + "'vision'.",
            faults: [FieldFault(pointer: field, detail: "The model does not see images.")],
            isRetryable: false
        )
    }
}
