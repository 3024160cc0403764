import Application
import Domain
import Synchronization

extension Benchmark {
    /// Images on their way to an engine: a grey PNG of 256 by 256 pixels, 64 KiB.
    static var ofImages: [Benchmark] {
        [
            Benchmark("image-digest") {
                let (digest, picture) = (LibcryptoDigest(), TestPicture.png(256, 256))
                return { Int(digest.sha256(picture)[0]) }
            },
            Benchmark("image-cache-hit") {
                // The clock goes by a millisecond a look, and a picture is kept for an hour.
                let clock = SteppingClock()
                var cache = ImageCache(maxBytes: 1 << 30, timeToLive: .seconds(3600))
                let digest = LibcryptoDigest()
                let keys = (0..<1000).map { ImageKey(digest: digest.sha256("\($0)".utf8), rendition: ImageRendition()) }
                let image = EncodedImage(Self.prepared, coding: VectorBase64())
                for key in keys { cache.store(image, for: key, at: clock.now) }
                var turn = 0
                return {
                    turn = (turn + 1) % keys.count
                    return cache.image(for: keys[turn], at: clock.now)?.base64.count ?? 0
                }
            },
            Benchmark("image-known", count: 200) { try Self.preparing(cacheBytes: 1 << 30) },
            Benchmark("image-prepare", count: 20) { try Self.preparing(cacheBytes: 0) },
        ]
    }

    private static var prepared: PreparedImage {
        let bytes = [UInt8](repeating: 7, count: 10_000)
        return PreparedImage(
            bytes: bytes,
            format: .jpeg,
            width: 256,
            height: 256,
            originalBytes: 65_536,
            isOriginal: false
        )
    }

    /// The whole way of a picture through the pipeline, scaled down to half of its size.
    private static func preparing(cacheBytes: Int) throws -> () throws -> Int {
        var settings = ImagePipeline.Settings()
        settings.cacheBytes = cacheBytes
        settings.maxDimension = 128
        let (coding, picture) = (VectorBase64(), TestPicture.png(256, 256))
        let pipeline = ImagePipeline(
            settings: settings,
            tools: ImagePipeline.Tools(
                processor: CodecImageProcessor(limits: settings.limits),
                threads: InPlace(),
                coding: coding,
                digest: LibcryptoDigest(),
                fetcher: nil,
                clock: SteppingClock()
            )
        )
        let text = String(decoding: coding.encode(picture), as: UTF8.self)
        let image = SourceImage(.text(text[...]), pointer: "/messages/0/images/0", message: 0)
        let family = VisionFamily(family: nil, name: try Inputs.model)
        let order = ImageOrder(wish: ImageWish(), accepted: Set(ImageFormat.allCases), family: family)
        return {
            try InPlace.value { try await pipeline.prepare([image], for: order).reduce(0) { $0 + $1.base64.count } }
        }
    }
}

/// Does what is for another thread where it is: Valgrind counts one thread, and gives up on the runtime's own.
private struct InPlace: WorkerThreads {
    /// Runs the pieces of a task as they come.
    private final class Executor: TaskExecutor {
        func enqueue(_ job: consuming ExecutorJob) {
            job.runSynchronously(on: self.asUnownedTaskExecutor())
        }
    }

    private struct NeverEnded: Error {}

    func run<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value { try work() }

    /// What comes of work that never waits.
    static func value(_ work: @escaping @Sendable () async throws -> Int) throws -> Int {
        let outcome = Mutex<Result<Int, any Error>>(.failure(NeverEnded()))
        Task(executorPreference: Executor()) {
            do {
                let value = try await work()
                outcome.withLock { $0 = .success(value) }
            } catch {
                outcome.withLock { $0 = .failure(error) }
            }
        }
        return try outcome.withLock { $0 }.get()
    }
}
