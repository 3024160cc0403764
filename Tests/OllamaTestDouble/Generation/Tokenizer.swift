/// Counts tokens about as a model does, and exactly as the recorded model does for plain English.
enum Tokenizer {
    /// A word with the space before it, one digit, one mark, or a run of spaces: each is a token.
    static func count(_ text: String) -> Int {
        var tokens = 0
        var previous: Character = "\n"
        var isInWord = false
        for character in text {
            if character.isLetter {
                // The space before a word belongs to the word.
                if !isInWord, previous != " " { tokens += 1 }
                isInWord = true
            } else {
                isInWord = false
                tokens += 1
            }
            previous = character
        }
        return tokens
    }

    /// Cuts a text into tokens: words with the space before them and single marks.
    static func pieces(of text: String) -> [String] {
        var pieces: [String] = []
        var piece = ""
        for character in text {
            let continues = character.isLetter && (piece.last?.isLetter ?? true || piece == " ")
            if !continues, !piece.isEmpty {
                pieces.append(piece)
                piece = ""
            }
            piece.append(character)
        }
        if !piece.isEmpty { pieces.append(piece) }
        return pieces
    }
}
