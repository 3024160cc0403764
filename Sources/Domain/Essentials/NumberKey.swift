/// A key of tables that is as good as a number: one that nobody outside can choose, or a hash that was made with a secret
/// seed already.
///
/// It is mixed by one multiplication. Swift's own hashing of a number takes as long as all else that a table does for a
/// look, and the scheduler looks some forty times for each request.
public protocol NumberKey: Hashable {
    /// The number: the same for equal keys.
    var keyNumber: Int { get }
}

extension NumberKey {
    /// Hashes the number, as a part of something else.
    @inlinable
    public func hash(into hasher: inout Hasher) {
        hasher.combine(self.keyNumber)
    }

    /// The hash by which tables find the key: the standard library's own shortcut, which its numbers and texts take too.
    // swift-format-ignore: NoLeadingUnderscores, AllPublicDeclarationsHaveDocumentation
    @inlinable
    public func _rawHashValue(seed: Int) -> Int {
        // Fibonacci hashing, with the upper half folded into the lower one, which is what tables look at.
        let product = UInt(bitPattern: self.keyNumber ^ seed) &* 0x9E37_79B9_7F4A_7C15
        return Int(bitPattern: product ^ (product >> 32))
    }
}
