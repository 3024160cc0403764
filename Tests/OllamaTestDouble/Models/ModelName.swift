/// Ollama's rules for names of models.
enum ModelName {
    /// The name with its tag, and without what is left out of a name: the default registry and the scheme.
    static func completed(_ name: String) -> String {
        var name = name
        if let scheme = name.firstRange(of: "://") { name = String(name[scheme.upperBound...]) }
        for prefix in ["registry.ollama.ai/library/", "registry.ollama.ai/", "library/"] where name.hasPrefix(prefix) {
            name.removeFirst(prefix.count)
            break
        }
        let last = name.split(separator: "/", omittingEmptySubsequences: false).last ?? ""
        return last.contains(":") ? name : name + ":latest"
    }

    /// The name as Ollama's errors spell it when they give the whole path.
    static func fullyQualified(_ name: String) -> String { "registry.ollama.ai/library/" + completed(name) }

    /// Whether two spellings mean the same model: case does not matter.
    static func same(_ one: String, _ other: String) -> Bool {
        completed(one).lowercased() == completed(other).lowercased()
    }

    static func isValid(_ name: String) -> Bool {
        var name = name
        if let scheme = name.firstRange(of: "://") { name = String(name[scheme.upperBound...]) }
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        guard !name.isEmpty, parts.count <= 4 else { return false }
        return parts.enumerated().allSatisfy { index, part in
            guard let first = part.unicodeScalars.first, isAlphanumeric(first) || first == "_" else { return false }
            let mayHaveColon = index == 0 || index == parts.count - 1
            return part.unicodeScalars.allSatisfy {
                isAlphanumeric($0) || "_-.".unicodeScalars.contains($0) || $0 == ":" && mayHaveColon
            }
        }
    }

    /// Names of models that run in Ollama's cloud.
    static func isCloud(_ name: String) -> Bool {
        let tag = completed(name).split(separator: ":").last ?? ""
        return tag == "cloud" || tag.hasSuffix("-cloud")
    }

    private static func isAlphanumeric(_ scalar: Unicode.Scalar) -> Bool {
        ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || ("0"..."9").contains(scalar)
    }
}
