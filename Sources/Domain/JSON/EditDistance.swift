/// Finds what somebody probably meant to write.
public enum EditDistance {
    /// The candidate that needs the fewest changes, if it needs no more than a third of the word's length, at
    /// least two, and fewer than the word has letters.
    public static func nearest(to word: String, among candidates: [String]) -> String? {
        guard word.utf8.count <= 64 else { return nil }
        let limit = max(2, word.count / 3)
        var best: (candidate: String, distance: Int)?
        for candidate in candidates where candidate.utf8.count <= 64 {
            let distance = EditDistance.between(Array(word.lowercased().utf8), Array(candidate.lowercased().utf8))
            guard distance <= limit, distance < word.count, distance < best?.distance ?? .max else { continue }
            best = (candidate, distance)
        }
        return best?.candidate
    }

    /// Levenshtein's distance: insertions, deletions and replacements.
    private static func between(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var row = Array(0...right.count)
        for (leftIndex, leftByte) in left.enumerated() {
            var diagonal = row[0]
            row[0] = leftIndex + 1
            for (rightIndex, rightByte) in right.enumerated() {
                let replaced = diagonal + (leftByte == rightByte ? 0 : 1)
                diagonal = row[rightIndex + 1]
                row[rightIndex + 1] = min(replaced, row[rightIndex] + 1, diagonal + 1)
            }
        }
        return row[right.count]
    }
}
