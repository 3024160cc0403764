/// Values under small numbers that are used again: an array, because a dictionary moves whole values about for every
/// change of a part.
struct Slab<Element: Sendable>: Sendable {
    /// The values by their numbers; nil under one that is free.
    ///
    /// They are reached here and not through a subscript of the slab: an array hands out its elements in place, a subscript of
    /// ours would be a coroutine with an allocation for each look.
    var slots: [Element?] = []
    private var free: [Int] = []

    /// The numbers in use are below this.
    var end: Int { self.slots.count }

    var count: Int { self.slots.count - self.free.count }

    /// Adds an element, and tells its number.
    mutating func add(_ element: Element) -> Int {
        if let id = self.free.popLast() {
            self.slots[id] = element
            return id
        }
        self.slots.append(element)
        return self.slots.count - 1
    }

    /// Frees a number.
    mutating func remove(_ id: Int) {
        guard self.slots[id] != nil else { return }
        self.slots[id] = nil
        self.free.append(id)
    }
}
