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

    // An entry moves by letting others into its place: each of them is written once, and with four children to an entry
    // there are half as many as with two. The table of places costs far more than the comparisons.
    private static var children: Int { 4 }

    private mutating func moveUp(_ start: Int) {
        let entry = self.entries[start]
        var place = start
        while place > 0 {
            let parent = (place - 1) / Self.children
            guard entry.key < self.entries[parent].key else { break }
            self.put(self.entries[parent], at: place)
            place = parent
        }
        if place != start { self.put(entry, at: place) }
    }

    private mutating func moveDown(_ start: Int) {
        let entry = self.entries[start]
        var place = start
        while true {
            let first = Self.children * place + 1
            guard first < self.entries.count else { break }
            var smallest = first
            for child in first..<min(first + Self.children, self.entries.count)
            where self.entries[child].key < self.entries[smallest].key {
                smallest = child
            }
            guard self.entries[smallest].key < entry.key else { break }
            self.put(self.entries[smallest], at: place)
            place = smallest
        }
        if place != start { self.put(entry, at: place) }
    }

    private mutating func put(_ entry: Entry, at place: Int) {
        self.entries[place] = entry
        self.places[entry.id] = place
    }
}
