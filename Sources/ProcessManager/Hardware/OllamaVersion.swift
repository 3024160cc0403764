/// Reads what `ollama --version` prints.
///
/// Where no Ollama runs it is a warning and the version of the program; where an older one runs, both versions: ours is
/// the program's. Source: Ollama, `cmd/cmd.go`.
enum OllamaVersion {
    static let arguments = ["--version"]

    static func parse(_ text: String) -> String? {
        let lines = text.split(whereSeparator: \.isNewline)
        for beginning in ["Warning: client version is ", "ollama version is "] {
            for line in lines where line.hasPrefix(beginning) {
                let version = line.dropFirst(beginning.count).trimmed
                if !version.isEmpty, version.count <= 64 { return String(version) }
            }
        }
        return nil
    }
}
