import Domain
import Testing

@testable import ProcessManager

@Suite("GPUs by what vendors' programs and the kernel tell")
struct GPUTests {
    private func memory(_ table: String, visible: String? = nil) -> [Int] {
        NvidiaGPUs.parse(table, visible: visible).map { $0.memoryBytes / .mebibyte }
    }

    // Source: projecthami.io's guide for kind, "nvidia-smi --query-gpu=index,name,memory.total --format=csv".
    private let one80 = """
        index, name, memory.total [MiB]
        0, NVIDIA H100 80GB HBM3, 81559 MiB

        """

    @Test("One GPU of 80 GB")
    func nvidia80() {
        #expect(
            NvidiaGPUs.parse(self.one80)
                == [.init(vendor: .nvidia, name: "NVIDIA H100 80GB HBM3", memoryBytes: 81_559 * .mebibyte)]
        )
    }

    // Source: a report of two RTX A6000 with the same query; noheader leaves the first line out.
    @Test("Two GPUs of 48 GB, without the head of the table")
    func twoGPUs() {
        let table = "0, NVIDIA RTX A6000, 49140 MiB\n1, NVIDIA RTX A6000, 49140 MiB\n"
        #expect(self.memory(table) == [49_140, 49_140])
    }

    @Test(
        "CUDA_VISIBLE_DEVICES hides GPUs: the list ends at the first that is none",
        arguments: [("1", [49_140]), ("0,1", [49_140, 49_140]), ("0,7,1", [49_140]), ("-1", []), ("", [])]
    )
    func visible(devices: String, expected: [Int]) {
        let table = "0, NVIDIA RTX A6000, 49140 MiB\n1, NVIDIA RTX A6000, 49140 MiB\n"
        #expect(self.memory(table, visible: devices) == expected)
    }

    // Source: NVIDIA's manual of nvidia-smi: what a device does not have is [N/A]; its words for no driver and no GPU.
    @Test(
        "What tells of no GPU with memory of its own gives none",
        arguments: [
            "index, name, memory.total [MiB]\n0, NVIDIA GB10, [N/A]\n",
            "No devices were found\n",
            "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.\n",
            "", "0, half a line", "0, name, 12 GiB\n", "a, b, c\n,,,\n",
        ]
    )
    func noGPU(table: String) {
        #expect(NvidiaGPUs.parse(table).isEmpty)
    }

    // Source: elementary/monitor issue 369, `cat /sys/class/drm/card0/device/mem_info_vram_total`.
    @Test("An AMD GPU by what the kernel tells; its plugs are no GPUs")
    func amd() {
        let system = PretendedSystem(files: [
            "/sys/class/drm/card0/device/vendor": "0x1002\n",
            "/sys/class/drm/card0/device/mem_info_vram_total": "8573157376\n",
            "/sys/class/drm/card0-DP-1/device/vendor": "0x1002\n",
            "/sys/class/drm/card0-DP-1/device/mem_info_vram_total": "8573157376\n",
            "/sys/class/drm/renderD128/dev": "226:128\n",
        ])
        #expect(AMDGPUs.read(system) == [.init(vendor: .amd, name: "card0", memoryBytes: 8_573_157_376)])
    }

    // Source: clbr/radeontop issue 163: 512M of VRAM on a Ryzen 5900HS.
    @Test("A processor's own graphics with a piece of the machine's memory, and another vendor's card, are no GPUs")
    func notAMD() {
        let system = PretendedSystem(files: [
            "/sys/class/drm/card0/device/vendor": "0x1002\n",
            "/sys/class/drm/card0/device/mem_info_vram_total": "536870912\n",
            "/sys/class/drm/card1/device/vendor": "0x8086\n",
            "/sys/class/drm/card1/device/mem_info_vram_total": "17179869184\n",
            "/sys/class/drm/card2/device/vendor": "0x1002\n",
        ])
        #expect(AMDGPUs.read(system).isEmpty)
    }
}
