public import Domain

extension ServiceConfiguration {
    /// What images may be, and in which form engines get them.
    public struct Images: Sendable, Equatable {
        /// The longest side of an image in pixels, where the caller names none, 16 to 16,384 (default: 1568).
        public var maxDimension = 1568
        /// The quality of a JPEG or lossy WebP that is written, 1 to 100 (default: 85).
        public var quality = 85
        /// The effort with which a PNG is packed, 0 to 9 (default: 3).
        public var pngLevel = 3
        /// The bytes of an image as it comes, 1 KiB to 1 GiB (default: 20 MiB); its pixels, 1 to 1,000,000,000 (default:
        /// 100,000,000); the images of a request, 1 to 1000 (default: 20); the memory that decoding takes, 1 MiB to
        /// 1 TiB (default: 1 GiB).
        public var limits = ImageLimits()
        /// How many images are decoded at once, 1 to 1024; nil leaves it to ``workerCount(cores:)`` (default: auto).
        public var workers: Int?
        /// The tokens that an image may cost a model, up to 1,000,000; 0 is no limit (default: 0).
        public var maxTokens = 0
        /// From where images are fetched that come as an address (default: public).
        public var urls = ImageURLPolicy.public
        /// How long fetching an image may take in all, 0.1 s to an hour (default: 10 s).
        public var urlTimeout = Duration.seconds(10)
        /// How many redirects are followed, 0 to 20 (default: 3).
        public var urlRedirects = 3
        /// How many images are fetched at once, 1 to 1024 (default: 16).
        public var urlFetches = 16

        /// The defaults.
        public init() {}

        /// How many images are decoded at once: as configured, else half the cores, so that event loops and engines keep
        /// the others.
        public func workerCount(cores: Int) -> Int {
            self.workers ?? max(1, cores / 2)
        }
    }

    /// What is kept of images that have been prepared.
    public struct ImageCaching: Sendable, Equatable {
        /// What they may take together, in bytes, up to 1 TiB; 0 keeps none (default: 1 GiB).
        public var maxBytes = 1_073_741_824
        /// How long one is kept, 0.001 s to a year (default: 3600 s).
        public var timeToLive = Duration.seconds(3600)

        /// The defaults.
        public init() {}
    }
}

extension ServiceConfiguration {
    /// What the fetcher of images goes by.
    public var imageFetching: HTTPImageFetcher.Settings {
        HTTPImageFetcher.Settings(
            policy: self.images.urls,
            maxBytes: self.images.limits.maxBytes,
            timeout: self.images.urlTimeout,
            connectTimeout: self.timeouts.connect,
            redirects: self.images.urlRedirects,
            atOnce: self.images.urlFetches
        )
    }
}
