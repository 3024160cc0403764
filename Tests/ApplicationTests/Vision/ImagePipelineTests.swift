import Domain
import Foundation
import TestSupport
import Testing

@testable import Application

@Suite("The way of images through the service")
struct ImagePipelineTests {
    private static let everywhere = Set(ImageFormat.allCases)

    private static func order(
        _ wish: ImageWish = ImageWish(),
        accepted: Set<ImageFormat> = everywhere,
        model: String = "unknown"
    ) throws -> ImageOrder {
        ImageOrder(wish: wish, accepted: accepted, family: VisionFamily(family: nil, name: try ModelName(model)))
    }

    private static func image(_ bytes: [UInt8], at pointer: String = "/images/0") -> SourceImage {
        let text = String(decoding: PlainBase64().encode(bytes), as: UTF8.self)
        return SourceImage(.text(text[...]), pointer: pointer, message: 0)
    }

    /// Waits without sleeping; what never comes true ends the test by its time limit.
    private static func until(_ condition: @Sendable () -> Bool) async {
        while !condition() { await Task.yield() }
    }

    @Test("An image is prepared once and found again, and the sums are true", .timeLimit(.minutes(1)))
    func once() async throws {
        let processor = ScriptedProcessor()
        let pipeline = ImagePipeline.scripted(processor)
        let image = Self.image(ScriptedImage.png(2000, 1000))
        let first = try await pipeline.prepare([image], for: try Self.order())
        let second = try await pipeline.prepare([image], for: try Self.order())
        #expect(first == second)
        #expect(first.map(\.format) == [.jpeg])
        #expect(processor.log.renditions.count == 1)
        let statistics = pipeline.statistics
        #expect(statistics.cache.hits == 1)
        #expect(statistics.cache.misses == 1)
        #expect(statistics.processed == 2)
        #expect(statistics.savedBytes == 2 * (25 - 4))
        #expect(pipeline.load == (0, 0, 0))
    }

    @Test("An image of whose digits some are escaped is the same image; what is no digit is told all the same")
    func escapedDigits() async throws {
        let pipeline = ImagePipeline.scripted(ScriptedProcessor())
        let digits = PlainBase64().encode(ScriptedImage.png(2000, 1000))
        func image(_ text: [UInt8]) -> SourceImage {
            SourceImage(.json(JSONText(validated: text[...])), pointer: "/images/0", message: 0)
        }
        let plain = try await pipeline.prepare([image(digits)], for: try Self.order())
        // As an encoder that escapes slashes, or all that it likes, may write it.
        let escaped = digits.flatMap { Array("\\u00\(String($0, radix: 16))".utf8) }
        #expect(try await pipeline.prepare([image(escaped)], for: try Self.order()) == plain)
        #expect(pipeline.statistics.cache.hits == 1)
        for broken in [digits.prefix(8) + Array("!".utf8), escaped.prefix(48) + Array("!".utf8)] {
            await #expect(throws: ServiceError.self) {
                try await pipeline.prepare([image(Array(broken))], for: try Self.order())
            }
        }
    }

    @Test("Ten requests with the same new image decode it once", .timeLimit(.minutes(1)))
    func singleFlight() async throws {
        let isReleased = Shared(false)
        let processor = ScriptedProcessor { _ in
            while !isReleased.value { usleep(1000) }
        }
        let pipeline = ImagePipeline.scripted(processor)
        let image = Self.image(ScriptedImage.png(10, 10))
        let order = try Self.order()
        let images = try await withThrowingTaskGroup(of: [EncodedImage].self) { group in
            for _ in 0..<10 { group.addTask { try await pipeline.prepare([image], for: order) } }
            await Self.until { pipeline.statistics.cache.hits == 9 }
            isReleased.change { $0 = true }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(images.count == 10)
        #expect(Set(images).count == 1)
        #expect(processor.log.renditions.count == 1)
        #expect(pipeline.load == (0, 0, 0))
    }

    @Test("No more images are in work than there are workers, and no more memory than allowed", .timeLimit(.minutes(1)))
    func bounded() async throws {
        let reserved = Shared(0)
        let box = Shared<ImagePipeline?>(nil)
        let processor = ScriptedProcessor(workingBytes: 600) { _ in
            let taken = box.value?.load.decodedBytes ?? 0
            reserved.change { $0 = max($0, taken) }
        }
        let pipeline = ImagePipeline.scripted(processor) {
            $0.workers = 3
            $0.limits.maxDecodedBytes = 1300
        }
        box.change { $0 = pipeline }
        let order = try Self.order()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<40 {
                let image = Self.image(ScriptedImage.png(10, 10, number: UInt8(number)))
                group.addTask { _ = try await pipeline.prepare([image], for: order) }
            }
            try await group.waitForAll()
        }
        #expect(processor.log.renditions.count == 40)
        #expect(processor.log.atOnce <= 2)
        #expect(reserved.value <= 1300)
        #expect(pipeline.load == (0, 0, 0))
    }

    @Test(
        "A caller that leaves frees its place at once, and whoever wants the same begins again",
        .timeLimit(.minutes(1))
    )
    func leaving() async throws {
        let isFirst = Shared(true)
        let processor = ScriptedProcessor { flag in
            let waits = isFirst.change { isFirst in
                defer { isFirst = false }
                return isFirst
            }
            while waits, !flag.isRaised { usleep(1000) }
        }
        let pipeline = ImagePipeline.scripted(processor)
        let image = Self.image(ScriptedImage.png(10, 10))
        let order = try Self.order()
        let first = Task { try await pipeline.prepare([image], for: order) }
        await Self.until { processor.log.renditions.count == 1 }
        let second = Task { try await pipeline.prepare([image], for: order) }
        await Self.until { pipeline.statistics.cache.hits == 1 }
        first.cancel()
        await #expect(throws: CancellationError.self) { try await first.value }
        #expect(try await second.value.count == 1)
        #expect(processor.log.cancelled == 1)
        #expect(pipeline.load == (0, 0, 0))
    }

    @Test(
        "What waits is bounded: beyond it a request is refused with a hint when to come again",
        .timeLimit(.minutes(1))
    )
    func backPressure() async throws {
        let isReleased = Shared(false)
        let processor = ScriptedProcessor { _ in
            while !isReleased.value { usleep(1000) }
        }
        let pipeline = ImagePipeline.scripted(processor) {
            $0.workers = 1
            $0.maxWaitingBytes = 100
        }
        let order = try Self.order()
        let large = Self.image(ScriptedImage.png(10, 10, number: 1, padding: 200))
        let first = Task { try await pipeline.prepare([large], for: order) }
        await Self.until { processor.log.renditions.count == 1 }
        let refusal = await #expect(throws: ServiceError.self) {
            try await pipeline.prepare([Self.image(ScriptedImage.png(10, 10, number: 2))], for: order)
        }
        #expect(refusal?.code == .queueFull)
        #expect(refusal?.retryAfter != nil)
        isReleased.change { $0 = true }
        #expect(try await first.value.count == 1)
        #expect(try await pipeline.prepare([Self.image(ScriptedImage.png(9, 9))], for: order).count == 1)
    }

    @Test("What is wrong with an image is told with its number and its field")
    func broken() async throws {
        let pipeline = ImagePipeline.scripted {
            $0.limits.maxBytes = 100
            $0.limits.maxPerRequest = 2
        }
        let good = Self.image(ScriptedImage.png(10, 10))
        func refusal(_ image: SourceImage) async throws -> ServiceError? {
            await #expect(throws: ServiceError.self) {
                try await pipeline.prepare([good, image], for: try Self.order())
            }
        }
        let pointer = "/messages/0/content/1/image_url/url"
        func text(_ text: String) -> SourceImage { SourceImage(.text(text[...]), pointer: pointer, message: 0) }
        for (image, reason) in [
            (text("@@@@"), "illegal base64 data at input byte 0"), (text("QUJD"), "It is no image."),
            (Self.image(ScriptedImage.png(1, 1, padding: 100), at: pointer), "images.max_bytes"),
            (text(String(repeating: "A", count: 40_000)), "images.max_bytes"),
        ] {
            let error = try await refusal(image)
            #expect(error?.code == .invalidImage)
            #expect(error?.message.hasPrefix("images[1]: ") == true)
            #expect(error?.message.contains(reason) == true)
            #expect(error?.faults.map(\.pointer) == [pointer])
        }
        let many = await #expect(throws: ServiceError.self) {
            try await pipeline.prepare([good, good, good], for: try Self.order())
        }
        #expect(many?.message.contains("3 images where at most 2") == true)
        #expect(pipeline.statistics.processed == 0)
        #expect(pipeline.load == (0, 0, 0))
    }

    @Test("An image whose decoding would take more memory than there is, is refused before it is decoded")
    func memoryBomb() async throws {
        let processor = ScriptedProcessor(workingBytes: 2000)
        let pipeline = ImagePipeline.scripted(processor) { $0.limits.maxDecodedBytes = 1999 }
        let error = await #expect(throws: ServiceError.self) {
            try await pipeline.prepare([Self.image(ScriptedImage.png(10, 10))], for: try Self.order())
        }
        #expect(error?.code == .invalidImage)
        #expect(processor.log.renditions.isEmpty)
    }

    @Test("URL images are fetched where that is allowed, and refused by name where not")
    func urls() async throws {
        let url = SourceImage(.url("https://example.com/a.png"), pointer: "/images/0", message: 0)
        let refusal = await #expect(throws: ServiceError.self) {
            try await ImagePipeline.scripted().prepare([url], for: try Self.order())
        }
        #expect(refusal?.code == .unsupportedField)
        #expect(refusal?.message.contains("images.urls") == true)
        let pipeline = ImagePipeline.scripted(fetcher: FixedFetcher())
        let images = try await pipeline.prepare([url, Self.image(FixedFetcher.bytes)], for: try Self.order())
        #expect(images[0] == images[1])
        #expect(pipeline.statistics.cache.hits == 1)
    }

    @Test("The form follows the wish, the settings, what engines read and the budget of tokens")
    func renditions() async throws {
        func rendition(
            _ size: (Int, Int),
            maxTokens: Int = 0,
            _ order: ImageOrder
        ) async throws -> ImageRendition? {
            let processor = ScriptedProcessor()
            let pipeline = ImagePipeline.scripted(processor) { $0.maxTokens = maxTokens }
            _ = try await pipeline.prepare([Self.image(ScriptedImage.png(size.0, size.1))], for: order)
            return processor.log.renditions.last
        }
        var wish = ImageWish()
        wish.maxDimension = 300
        wish.format = .webp
        let asked = try await rendition((900, 900), try Self.order(wish))
        #expect(asked?.maxDimension == 300)
        #expect(asked?.format == .webp)
        let other = try await rendition((900, 900), try Self.order(wish, accepted: [.jpeg, .png]))
        #expect(other?.format == .jpeg)
        wish.keepsFitting = true
        #expect(try await rendition((300, 200), try Self.order(wish))?.compresses == false)
        #expect(try await rendition((301, 200), try Self.order(wish))?.compresses == true)
        // 1000 by 1000 pixels are 36 by 36 cells of 28 pixels.
        let sized = try await rendition((1000, 1000), maxTokens: 400, try Self.order(model: "qwen2.5vl"))
        #expect((sized?.maxDimension ?? 0) < 600)
        #expect(try await rendition((1000, 1000), maxTokens: 400, try Self.order())?.maxDimension == 1568)
    }
}

/// Fetches one image from everywhere.
private struct FixedFetcher: ImageFetcher {
    static let bytes = ScriptedImage.png(30, 30, number: 9)

    func fetch(_ url: String) async throws -> [UInt8] { FixedFetcher.bytes }
}
