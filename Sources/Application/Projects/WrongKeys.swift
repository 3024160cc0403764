public import Domain
import Synchronization

/// Slows down whoever guesses keys: counts wrong ones by the address that they come from.
///
/// An address that has shown too many is told to come later. A right key counts all the same: others may live behind
/// the same address.
public final class WrongKeys: Sendable {
    private struct Entry {
        var bucket: TokenBucket
        var lastUse: MonotonicInstant
    }

    /// So many addresses are counted; a new one takes the place of the one that has been quiet for longest.
    public static let capacity = 1024

    private let perMinute: Int
    private let clock: any ServiceClock
    private let entries = Mutex<[IPNetwork?: Entry]>([:])

    /// Starts without any.
    ///
    /// - Parameters:
    ///   - perMinute: how many wrong keys an address may show in a minute, from 1.
    ///   - clock: the time.
    public init(perMinute: Int, clock: any ServiceClock) {
        self.perMinute = max(1, perMinute)
        self.clock = clock
    }

    /// How many addresses are counted now.
    public var count: Int { self.entries.withLock(\.count) }

    /// Counts a wrong key.
    ///
    /// - Parameter address: where it comes from; nil is a socket of this machine. IPv6 counts by the /64 that one
    ///   customer is given (RFC 6177): who has it has all its addresses.
    /// - Returns: what the caller is to be told: ``ServiceError/wrongKey``, or `rate_limited` beyond the bound.
    public func refusal(for address: IPNetwork?) -> ServiceError {
        let (place, now) = (address?.site, self.clock.now)
        let wait = self.entries.withLock { entries -> Duration in
            if entries[place] == nil, entries.count >= WrongKeys.capacity { WrongKeys.makeRoom(in: &entries) }
            var entry = entries[place] ?? Entry(bucket: TokenBucket(perMinute: self.perMinute, at: now), lastUse: now)
            entry.lastUse = now
            let wait = entry.bucket.wait(for: 1, at: now) ?? .zero
            if wait == .zero { entry.bucket.take(1, at: now) }
            entries[place] = entry
            return wait
        }
        return wait == .zero ? .wrongKey : .tooManyWrongKeys(retryAfter: wait)
    }

    private static func makeRoom(in entries: inout [IPNetwork?: Entry]) {
        guard let quietest = entries.min(by: { $0.value.lastUse < $1.value.lastUse }) else { return }
        entries[quietest.key] = nil
    }
}

extension ServiceError {
    fileprivate static func tooManyWrongKeys(retryAfter: Duration) -> ServiceError {
        ServiceError(
            .rateLimited,
            "Too many wrong keys come from this address. The one of this request is not valid either.",
            retryAfter: retryAfter,
            // A client's own retries would only be more wrong keys.
            isRetryable: false
        )
    }
}
