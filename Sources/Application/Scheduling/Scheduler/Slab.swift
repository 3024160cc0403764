/// Values under small numbers that are used again: an array, because a dictionary moves whole values about for every
/// change of a part.
struct Slab<Element: Sendable>: Sendable {
    private var elements: [Element?] = []
    private var free: [Int] = []

    /// The numbers in use are below this.
    var end: Int { self.elements.count }

    var count: Int { self.elements.count - self.free.count }

    subscript(id: Int) -> Element? {
        @inline(__always) _read { yield self.elements[id] }
        @inline(__always) _modify { yield &self.elements[id] }
    }

    /// Adds an element, and tells its number.
    mutating func add(_ element: Element) -> Int {
        if let id = self.free.popLast() {
            self.elements[id] = element
            return id
        }
        self.elements.append(element)
        return self.elements.count - 1
    }

    /// Frees a number.
    mutating func remove(_ id: Int) {
        guard self.elements[id] != nil else { return }
        self.elements[id] = nil
        self.free.append(id)
    }
}
