/// Prepared images in memory: those that were used last, up to so many bytes, and each for a limited time.
///
/// A value without a clock or a lock of its own; every operation takes constant time but for what it drops.
public struct ImageCache: Sendable {
    /// What it has done since it was created.
    public struct Statistics: Sendable, Hashable {
        /// How many images it holds.
        public var entries = 0
        /// What they take, in bytes.
        public var bytes = 0
        /// How often an image was found.
        public var hits = 0
        /// How often it was not.
        public var misses = 0
        /// How often an image went to make room, or because it was too old.
        public var evictions = 0

        /// Nothing.
        public init() {}

        /// The part of the look-ups that found something, 0 to 1; 0 where there were none.
        public var hitRate: Double {
            let total = self.hits + self.misses
            return total == 0 ? 0 : Double(self.hits) / Double(total)
        }
    }

    private struct Node {
        let key: ImageKey
        var image: EncodedImage
        var expiry: MonotonicInstant
        var newer: Int?
        var older: Int?
    }

    /// What an entry takes beside its Base64: key, node and dictionary, rounded up.
    static let overhead = 512

    private let maxBytes: Int
    private let timeToLive: Duration
    private var places: [ImageKey: Int] = [:]
    private var nodes: [Node?] = []
    private var free: [Int] = []
    private var newest: Int?
    private var oldest: Int?
    /// What it has done since it was created.
    public private(set) var statistics = Statistics()

    /// Starts empty.
    ///
    /// - Parameters:
    ///   - maxBytes: what the images may take together; 0 keeps none.
    ///   - timeToLive: how long an image is kept after it was stored.
    public init(maxBytes: Int, timeToLive: Duration) {
        self.maxBytes = maxBytes
        self.timeToLive = timeToLive
    }

    /// The image of a key, which counts as used.
    public mutating func image(for key: ImageKey, at now: MonotonicInstant) -> EncodedImage? {
        guard let place = self.places[key], let node = self.nodes[place] else {
            self.statistics.misses += 1
            return nil
        }
        guard node.expiry > now else {
            self.drop(place)
            self.statistics.misses += 1
            return nil
        }
        self.unlink(place)
        self.link(place)
        self.statistics.hits += 1
        return node.image
    }

    /// Keeps an image, and drops what was used longest ago to make room.
    ///
    /// An image that is larger than all that may be kept is not.
    public mutating func store(_ image: EncodedImage, for key: ImageKey, at now: MonotonicInstant) {
        if let place = self.places[key] { self.drop(place, isEvicted: false) }
        let cost = ImageCache.cost(of: image)
        guard cost <= self.maxBytes else { return }
        // What is too old goes first, whoever used it last: nobody can be given it.
        while let oldest = self.oldest, let node = self.nodes[oldest],
            node.expiry <= now || self.statistics.bytes + cost > self.maxBytes
        {
            self.drop(oldest)
        }
        let node = Node(key: key, image: image, expiry: now.advanced(by: self.timeToLive))
        let place: Int
        if let reused = self.free.popLast() {
            place = reused
            self.nodes[place] = node
        } else {
            place = self.nodes.count
            self.nodes.append(node)
        }
        self.places[key] = place
        self.link(place)
        self.statistics.entries += 1
        self.statistics.bytes += cost
    }

    /// What an image takes.
    static func cost(of image: EncodedImage) -> Int { image.base64.count + ImageCache.overhead }

    /// Counts a look-up that found an image which is just being prepared.
    public mutating func shared() {
        self.statistics.hits += 1
    }

    // MARK: Parts

    private mutating func drop(_ place: Int, isEvicted: Bool = true) {
        guard let node = self.nodes[place] else { return }
        self.unlink(place)
        self.places[node.key] = nil
        self.nodes[place] = nil
        self.free.append(place)
        self.statistics.entries -= 1
        self.statistics.bytes -= ImageCache.cost(of: node.image)
        if isEvicted { self.statistics.evictions += 1 }
    }

    private mutating func link(_ place: Int) {
        self.nodes[place]?.older = self.newest
        self.nodes[place]?.newer = nil
        if let newest = self.newest { self.nodes[newest]?.newer = place }
        self.newest = place
        if self.oldest == nil { self.oldest = place }
    }

    private mutating func unlink(_ place: Int) {
        guard let node = self.nodes[place] else { return }
        if let newer = node.newer { self.nodes[newer]?.older = node.older } else { self.newest = node.older }
        if let older = node.older { self.nodes[older]?.newer = node.newer } else { self.oldest = node.newer }
    }
}
