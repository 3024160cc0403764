/// Ids in the order of their keys, smallest first; a key can be changed and an id removed in O(log n).
///
/// An id is hashed once for each change: inside it has a number, under which an array knows its place, for looking a place
/// up in a table at each step of the heap would cost more than all else.
struct KeyedHeap<ID: Hashable & Sendable, Key: Comparable & Sendable>: Sendable {
    private struct Entry {
        let number: Int
        var key: Key
    }

    private var entries: [Entry] = []
    private var numbers: [ID: Int] = [:]
    /// The id and the place in the heap of each number; those of free numbers mean nothing.
    private var ids: [ID] = []
    private var places: [Int] = []
    private var free: [Int] = []

    var count: Int { self.entries.count }
    var isEmpty: Bool { self.entries.isEmpty }
    var first: (id: ID, key: Key)? { self.entries.first.map { (self.ids[$0.number], $0.key) } }

    func key(of id: ID) -> Key? {
        self.numbers[id].map { self.entries[self.places[$0]].key }
    }

    func contains(_ id: ID) -> Bool {
        self.numbers[id] != nil
    }

    /// Adds an id, or changes its key.
    mutating func set(_ id: ID, to key: Key) {
        guard let number = self.numbers[id] else { return self.add(id, key) }
        let place = self.places[number]
        let isSmaller = key < self.entries[place].key
        self.entries[place].key = key
        if isSmaller { self.moveUp(place) } else { self.moveDown(place) }
    }

    /// Removes an id, and tells whether it was there.
    @discardableResult
    mutating func remove(_ id: ID) -> Bool {
        guard let number = self.numbers.removeValue(forKey: id) else { return false }
        self.free.append(number)
        let place = self.places[number]
        let last = self.entries.removeLast()
        guard place < self.entries.count else { return true }
        self.put(last, at: place)
        self.moveUp(place)
        self.moveDown(place)
        return true
    }

    private mutating func add(_ id: ID, _ key: Key) {
        let number = self.free.popLast() ?? self.ids.count
        if number == self.ids.count {
            self.ids.append(id)
            self.places.append(self.entries.count)
        } else {
            self.ids[number] = id
            self.places[number] = self.entries.count
        }
        self.numbers[id] = number
        self.entries.append(Entry(number: number, key: key))
        self.moveUp(self.entries.count - 1)
    }

    // An entry moves by letting others into its place: each of them is written once, and with four children to an entry
    // there are half as many as with two.
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
        self.places[entry.number] = place
    }
}
