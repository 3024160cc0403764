extension Dictionary {
    /// Changes the value of a key in its place; nil if there is none.
    ///
    /// For what every request does: an optional chain on a subscript is a coroutine, with an allocation for each.
    @inline(__always)
    mutating func change<Result>(_ key: Key, _ body: (inout Value) -> Result) -> Result? {
        guard let index = self.index(forKey: key) else { return nil }
        return body(&self.values[index])
    }
}
