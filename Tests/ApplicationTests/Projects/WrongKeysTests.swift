import Application
import Domain
import TestSupport
import Testing

@Suite("Wrong keys")
struct WrongKeysTests {
    private let clock = ManualClock()

    private func address(_ text: String) throws -> IPNetwork { try #require(IPNetwork(text)) }

    @Test("So many in a minute are told that they are wrong, more are told when to come again")
    func bound() throws {
        let keys = WrongKeys(perMinute: 3, clock: self.clock)
        let here = try self.address("192.0.2.7")
        for _ in 0..<3 { #expect(keys.refusal(for: here) == .wrongKey) }
        self.clock.advance(by: .seconds(5))
        let refusal = keys.refusal(for: here)
        #expect(refusal.code == .rateLimited && refusal.retryAfter == .seconds(15) && !refusal.isRetryable)
        // What was refused for its number does not count: the wait ends when it was said to.
        _ = keys.refusal(for: here)
        self.clock.advance(by: .seconds(15))
        #expect(keys.refusal(for: here) == .wrongKey)
        #expect(keys.refusal(for: here).code == .rateLimited)
        self.clock.advance(by: .seconds(60))
        for _ in 0..<3 { #expect(keys.refusal(for: here) == .wrongKey) }
    }

    @Test("Each address counts by itself, those of one IPv6 customer and those of a local socket together")
    func addresses() throws {
        let keys = WrongKeys(perMinute: 1, clock: self.clock)
        let first = [try self.address("192.0.2.7"), try self.address("2001:db8::1"), nil]
        for address in first { #expect(keys.refusal(for: address) == .wrongKey) }
        #expect(keys.refusal(for: try self.address("192.0.2.8")) == .wrongKey)
        #expect(keys.refusal(for: try self.address("2001:db8:0:1::1")) == .wrongKey)
        #expect(keys.refusal(for: try self.address("2001:db8::ffff:2")).code == .rateLimited)
        #expect(keys.refusal(for: nil).code == .rateLimited)
    }

    @Test("However many addresses guess, so many are counted, and the one that was quiet for longest is forgotten")
    func capacity() throws {
        let keys = WrongKeys(perMinute: 1, clock: self.clock)
        let (steady, quiet) = (try self.address("10.255.0.1"), try self.address("10.255.0.2"))
        for address in [quiet, steady] { #expect(keys.refusal(for: address) == .wrongKey) }
        for number in 0..<(WrongKeys.capacity - 2) {
            self.clock.advance(by: .microseconds(1))
            #expect(keys.refusal(for: try self.address("10.0.\(number / 256).\(number % 256)")) == .wrongKey)
        }
        #expect(keys.count == WrongKeys.capacity)
        self.clock.advance(by: .microseconds(1))
        #expect(keys.refusal(for: steady).code == .rateLimited)
        #expect(keys.refusal(for: try self.address("10.1.0.0")) == .wrongKey)
        #expect(keys.count == WrongKeys.capacity)
        #expect(keys.refusal(for: steady).code == .rateLimited)
        #expect(keys.refusal(for: quiet) == .wrongKey)
    }
}
