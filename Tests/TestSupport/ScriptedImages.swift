public import Application
public import Domain
import Foundation
import Synchronization

/// Images that are nothing but a header: enough for everything but their pixels.
public enum ScriptedImage {
    /// A PNG of a size, with a number by which it differs from others of that size.
    public static func png(_ width: Int, _ height: Int, number: UInt8 = 0, padding: Int = 0) -> [UInt8] {
        let size = [width, height].flatMap { side in
            (0..<4).map { UInt8(truncatingIfNeeded: side >> (24 - 8 * $0)) }
        }
        return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13] + Array("IHDR".utf8) + size + [number]
            + [UInt8](repeating: 0, count: padding)
    }
}

/// Prepares ``ScriptedImage``s, as a test tells it to.
public final class ScriptedProcessor: ImageProcessor {
    /// What has been asked of it.
    public struct Log: Sendable {
        /// In which form images were prepared, in their order.
        public var renditions: [ImageRendition] = []
        /// How many were being prepared at once at most.
        public var atOnce = 0
        /// How many were given up.
        public var cancelled = 0
        var working = 0
    }

    private let state = Mutex(Log())
    private let workingBytes: Int
    private let meanwhile: @Sendable (CancellationFlag) -> Void

    /// Creates one.
    ///
    /// - Parameters:
    ///   - workingBytes: what every image is said to take.
    ///   - meanwhile: runs while an image is prepared.
    public init(workingBytes: Int = 1000, meanwhile: @escaping @Sendable (CancellationFlag) -> Void = { _ in }) {
        self.workingBytes = workingBytes
        self.meanwhile = meanwhile
    }

    /// What has been asked of it so far.
    public var log: Log { self.state.withLock { $0 } }

    /// Reads the size.
    public func inspect(_ bytes: [UInt8], for rendition: ImageRendition) throws -> ImageHeader {
        guard let format = ImageFormat(magic: bytes), bytes.count > 24 else {
            throw ServiceError(.invalidImage, "It is no image.")
        }
        func side(_ start: Int) -> Int { bytes[start..<start + 4].reduce(0) { $0 << 8 | Int($1) } }
        return ImageHeader(format: format, width: side(16), height: side(20), workingBytes: self.workingBytes)
    }

    /// Makes something of the right size in bytes: a hundredth of the pixels.
    public func prepare(
        _ bytes: [UInt8],
        as rendition: ImageRendition,
        unless cancellation: CancellationFlag
    ) throws -> PreparedImage {
        self.state.withLock { log in
            log.renditions.append(rendition)
            log.working += 1
            log.atOnce = max(log.atOnce, log.working)
        }
        defer { self.state.withLock { $0.working -= 1 } }
        self.meanwhile(cancellation)
        if cancellation.isRaised {
            self.state.withLock { $0.cancelled += 1 }
            throw CancellationError()
        }
        let header = try self.inspect(bytes, for: rendition)
        let scale = min(1, Double(rendition.maxDimension) / Double(max(header.width, header.height)))
        let isOriginal = !rendition.compresses
        return PreparedImage(
            bytes: isOriginal ? bytes : [0xFF, 0xD8, 0xFF, bytes[24]],
            format: isOriginal ? header.format : rendition.format,
            width: isOriginal ? header.width : Int(Double(header.width) * scale),
            height: isOriginal ? header.height : Int(Double(header.height) * scale),
            originalBytes: bytes.count,
            isOriginal: isOriginal
        )
    }
}

/// A digest that is good enough to tell the images of tests apart.
public struct PlainDigest: DigestFunction {
    /// Creates it.
    public init() {}

    /// 32 bytes that depend on all bytes (FNV-1a, four times over).
    public func sha256(_ bytes: some Sequence<UInt8>) -> [UInt8] {
        let bytes = Array(bytes)
        return (UInt64(0)..<4).flatMap { round -> [UInt8] in
            let hash = bytes.reduce(0xCBF2_9CE4_8422_2325 &+ round) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
            return (0..<8).map { UInt8(truncatingIfNeeded: hash >> (8 * $0)) }
        }
    }
}

/// Runs each work on a thread of its own, so that work which waits for a test keeps nobody else waiting.
public struct OwnThreads: WorkerThreads {
    /// Creates it.
    public init() {}

    /// Runs work on a new thread.
    public func run<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        try Task.checkCancellation()
        return try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Result { try work() }) }
        }
    }
}

extension ImagePipeline {
    /// A pipeline that prepares ``ScriptedImage``s.
    public static func scripted(
        _ processor: ScriptedProcessor = ScriptedProcessor(),
        clock: any ServiceClock = ManualClock(),
        fetcher: (any ImageFetcher)? = nil,
        _ adjust: (inout Settings) -> Void = { _ in }
    ) -> ImagePipeline {
        var settings = Settings()
        settings.workers = 2
        adjust(&settings)
        return ImagePipeline(
            settings: settings,
            tools: Tools(
                processor: processor,
                threads: OwnThreads(),
                coding: PlainBase64(),
                digest: PlainDigest(),
                fetcher: fetcher,
                clock: clock
            )
        )
    }
}
