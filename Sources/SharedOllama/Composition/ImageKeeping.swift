import Application
import Domain
import Infrastructure
import NIOCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What prepares images, and the threads on which that is done.
struct ImageKeeping: Sendable {
    /// Prepares the images of all requests.
    let pipeline: ImagePipeline
    private let threads: ImageWorkerThreads

    /// Builds it; no thread has anything to do yet.
    ///
    /// - Throws: an error of the TLS library if the system's certificates cannot be read.
    init(_ configuration: ServiceConfiguration, eventLoops: any EventLoopGroup, clock: any ServiceClock) throws {
        let images = configuration.images
        let workers = images.workerCount(cores: ProcessInfo.processInfo.activeProcessorCount)
        self.threads = ImageWorkerThreads(count: workers)
        var settings = ImagePipeline.Settings()
        settings.limits = images.limits
        settings.maxDimension = images.maxDimension
        settings.quality = images.quality
        settings.pngLevel = images.pngLevel
        settings.maxTokens = images.maxTokens
        settings.workers = workers
        settings.maxWaitingBytes = configuration.queues.maxWaitingBytes
        settings.cacheBytes = configuration.imageCache.maxBytes
        settings.cacheTime = configuration.imageCache.timeToLive
        self.pipeline = ImagePipeline(
            settings: settings,
            tools: ImagePipeline.Tools(
                processor: CodecImageProcessor(limits: images.limits),
                threads: self.threads,
                coding: VectorBase64(),
                digest: LibcryptoDigest(),
                fetcher: ImageKeeping.fetcher(configuration, eventLoops: eventLoops, clock: clock),
                clock: clock
            )
        )
    }

    /// Waits for the images that are in work and ends the threads.
    func stop() async {
        await self.threads.stop()
    }

    private static func fetcher(
        _ configuration: ServiceConfiguration,
        eventLoops: any EventLoopGroup,
        clock: any ServiceClock
    ) -> (any ImageFetcher)? {
        let images = configuration.images
        guard images.urls != .off else { return nil }
        return HTTPImageFetcher(
            HTTPImageFetcher.Settings(
                policy: images.urls,
                maxBytes: images.limits.maxBytes,
                timeout: images.urlTimeout,
                connectTimeout: min(images.urlTimeout, configuration.timeouts.connect),
                redirects: images.urlRedirects,
                atOnce: images.urlFetches
            ),
            eventLoops: eventLoops,
            clock: clock
        )
    }
}
