/// Ids in the order of their keys, smallest first; a key can be changed and an id removed in O(log n).
struct KeyedHeap<ID: Hashable & Sendable, Key: Comparable & Sendable>: Sendable {
    private struct Entry {
        let id: ID
        var key: Key
    }

    private var entries: [Entry] = []
    private var places: [ID: Int] = [:]

    var count: Int { self.entries.count }
    var isEmpty: Bool { self.entries.isEmpty }
    var first: (id: ID, key: Key)? { self.entries.first.map { ($0.id, $0.key) } }

    func key(of id: ID) -> Key? {
        self.places[id].map { self.entries[$0].key }
    }

    func contains(_ id: ID) -> Bool {
        self.places[id] != nil
    }

    /// Adds an id, or changes its key.
    mutating func set(_ id: ID, to key: Key) {
        guard let place = self.places[id] else {
            self.entries.append(Entry(id: id, key: key))
            self.places[id] = self.entries.count - 1
            self.moveUp(self.entries.count - 1)
            return
        }
        let isSmaller = key < self.entries[place].key
        self.entries[place].key = key
        if isSmaller { self.moveUp(place) } else { self.moveDown(place) }
    }

    /// Removes an id, and tells whether it was there.
    @discardableResult
    mutating func remove(_ id: ID) -> Bool {
        guard let place = self.places.removeValue(forKey: id) else { return false }
        let last = self.entries.removeLast()
        guard place < self.entries.count else { return true }
        self.entries[place] = last
        self.places[last.id] = place
        self.moveUp(place)
        self.moveDown(place)
        return true
    }

    private mutating func moveUp(_ start: Int) {
        var place = start
        while place > 0 {
            let parent = (place - 1) / 2
            guard self.entries[place].key < self.entries[parent].key else { return }
            self.swap(place, parent)
            place = parent
        }
    }

    private mutating func moveDown(_ start: Int) {
        var place = start
        while true {
            var smallest = place
            let left = 2 * place + 1
            if left < self.entries.count, self.entries[left].key < self.entries[smallest].key { smallest = left }
            let right = left + 1
            if right < self.entries.count, self.entries[right].key < self.entries[smallest].key { smallest = right }
            guard smallest != place else { return }
            self.swap(place, smallest)
            place = smallest
        }
    }

    private mutating func swap(_ left: Int, _ right: Int) {
        self.entries.swapAt(left, right)
        self.places[self.entries[left].id] = left
        self.places[self.entries[right].id] = right
    }
}
