import Domain

/// Reads what `nvidia-smi` prints about GPUs.
///
/// Source: NVIDIA's manual of `nvidia-smi`, "SELECTIVE QUERY OPTIONS"; memory is in MiB.
enum NvidiaGPUs {
    static let program = "nvidia-smi"
    static let arguments = ["--query-gpu=index,name,memory.total", "--format=csv"]

    /// The GPUs in a table of index, name and memory, with or without its head.
    ///
    /// A GPU that does not tell its memory, because it has none of its own, is left out.
    ///
    /// - Parameters:
    ///   - table: what was printed.
    ///   - visible: `CUDA_VISIBLE_DEVICES`: the indices of those that may be used, up to the first that is none; nil is all.
    /// - Returns: those that may be used, in the order of their indices.
    static func parse(_ table: String, visible: String? = nil) -> [Machine.GPU] {
        var gpus: [Int: Machine.GPU] = [:]
        for line in table.split(whereSeparator: \.isNewline) {
            let cells = line.split(separator: ",").map { $0.trimmed }
            guard cells.count == 3, let index = Int(cells[0]) else { continue }
            let words = cells[2].split(separator: " ")
            guard let number = words.first.flatMap({ Int($0) }), words.count == 1 || words[1] == "MiB" else { continue }
            gpus[index] = Machine.GPU(vendor: .nvidia, name: String(cells[1]), memoryBytes: number * .mebibyte)
        }
        guard let visible else { return gpus.sorted { $0.key < $1.key }.map(\.value) }
        let words = visible.split(separator: ",").map { $0.trimmed }
        // UUIDs name GPUs as well; which they are is not in the table.
        if words.contains(where: { $0.hasPrefix("GPU-") || $0.hasPrefix("MIG-") }) {
            return gpus.sorted { $0.key < $1.key }.map(\.value).prefix(words.count).map { $0 }
        }
        return words.prefix { Int($0).flatMap { gpus[$0] } != nil }.compactMap { Int($0).flatMap { gpus[$0] } }
    }
}

extension Substring {
    /// Without the blanks around it.
    var trimmed: Substring {
        var text = self.drop(while: \.isWhitespace)
        while text.last?.isWhitespace == true { text.removeLast() }
        return text
    }
}
