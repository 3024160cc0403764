import Domain

/// Reads what the kernel's `amdgpu` tells about GPUs.
///
/// Source: the kernel's `Documentation/gpu/amdgpu/driver-misc.rst`, "mem_info_vram_total": bytes.
enum AMDGPUs {
    private static let cards = "/sys/class/drm"
    /// AMD's number among PCI vendors.
    private static let vendor = "0x1002"
    /// What has less is a part of a processor that shares the machine's memory; Ollama does not use it unless it is told to.
    private static let leastBytes = 2 * Int.gibibyte

    static func read(_ files: any SystemFiles) -> [Machine.GPU] {
        // `card0` is a GPU, `card0-DP-1` a plug of it.
        let names = files.names(in: self.cards).filter { $0.hasPrefix("card") && !$0.contains("-") }
        return names.compactMap { name in
            let device = "\(self.cards)/\(name)/device"
            guard let vendor = files.text(at: "\(device)/vendor"), vendor[...].trimmed == self.vendor,
                let text = files.text(at: "\(device)/mem_info_vram_total"), let bytes = Int(text[...].trimmed),
                bytes >= self.leastBytes
            else { return nil }
            return Machine.GPU(vendor: .amd, name: name, memoryBytes: bytes)
        }
    }
}
