import Application
import Domain
import Testing

@testable import ProcessManager

@Suite("What a machine has")
struct MachineReaderTests {
    private let meminfo64 = "MemTotal:       65756036 kB\nMemFree:        40000000 kB\n"

    @Test("A laptop without a GPU")
    func laptop() async {
        let system = PretendedSystem(files: ["/proc/meminfo": "MemTotal:       16245628 kB\n"])
        let machine = await system.reader(cores: 8).read()
        #expect(machine.memoryBytes == 16_245_628 * 1024)
        #expect(machine.cores == 8)
        #expect(!machine.hasGPU)
        #expect(machine.gpuMemoryBytes == 0)
    }

    // Source: public reports of `nvidia-smi --query-gpu=index,name,memory.total --format=csv`.
    @Test(
        "NVIDIA's GPUs",
        arguments: [
            ("0, NVIDIA GeForce RTX 4060 Laptop GPU, 8188 MiB", 8188),
            ("0, NVIDIA GeForce RTX 4090, 24564 MiB", 24_564),
            ("0, NVIDIA RTX A6000, 49140 MiB", 49_140),
            ("0, NVIDIA H100 80GB HBM3, 81559 MiB", 81_559),
            ("0, NVIDIA GeForce RTX 4090, 24564 MiB\n1, NVIDIA GeForce RTX 4090, 24564 MiB", 49_128),
        ]
    )
    func nvidia(table: String, mebibytes: Int) async {
        let system = PretendedSystem(
            files: ["/proc/meminfo": self.meminfo64],
            outputs: ["nvidia-smi": "index, name, memory.total [MiB]\n\(table)\n"]
        )
        let machine = await system.reader().read()
        #expect(machine.gpuMemoryBytes == mebibytes * .mebibyte)
        #expect(machine.gpus.count == table.split(separator: "\n").count)
        #expect(!machine.isUnified)
    }

    // Source: public reports of `sysctl hw.memsize hw.ncpu hw.optional.arm64`.
    @Test(
        "Apple's machines, whose GPU has two thirds of the memory, or three quarters from 36 GiB on",
        arguments: [(17_179_869_184, 8, 11_453_246_122), (68_719_476_736, 14, 51_539_607_552)]
    )
    func apple(bytes: Int, cores: Int, gpu: Int) async {
        let system = PretendedSystem(outputs: [
            "/usr/sbin/sysctl": "hw.memsize: \(bytes)\nhw.ncpu: \(cores)\nhw.optional.arm64: 1\n"
        ])
        let machine = await system.reader(.darwin).read()
        #expect(machine.memoryBytes == bytes)
        #expect(machine.cores == cores)
        #expect(machine.isUnified)
        #expect(machine.architecture == "arm64")
        #expect(abs(machine.gpuMemoryBytes - gpu) < .mebibyte)
    }

    @Test("An Intel Mac has no GPU that Ollama uses, and sysctl may say nothing at all")
    func otherMacs() async {
        let intel = PretendedSystem(outputs: ["/usr/sbin/sysctl": "hw.memsize: 17179869184\nhw.ncpu: 8\n"])
        let machine = await intel.reader(.darwin).read()
        #expect(!machine.hasGPU && machine.architecture == "x86_64")
        let silent = await PretendedSystem().reader(.darwin, cores: 3).read()
        #expect(silent.cores == 3 && silent.memoryBytes == 1_000_000_000)
    }

    @Test("A container that may use 4 GiB of a larger machine, and is told why")
    func container() async {
        let system = PretendedSystem(files: [
            "/proc/meminfo": self.meminfo64, "/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/memory.max": "4294967296\n",
            "/sys/fs/cgroup/cpu.max": "400000 100000\n",
        ])
        let machine = await system.reader(cores: 32).read()
        #expect(machine.memoryBytes == 4 * .gibibyte)
        #expect(machine.cores == 4)
        #expect(machine.memoryLimit == "limited by /sys/fs/cgroup/memory.max")
    }

    // Source: Ollama's cmd/cmd.go, `versionHandler`.
    @Test(
        "Ollama's version is that of the program, whether one runs or not",
        arguments: [
            ("ollama version is 0.32.15\n", "0.32.15"),
            (
                "Warning: could not connect to a running Ollama instance\nWarning: client version is 0.32.15\n",
                "0.32.15"
            ),
            ("ollama version is 0.30.1\nWarning: client version is 0.32.15\n", "0.32.15"),
            ("something else\n", nil), ("ollama version is \n", nil),
        ] as [(String, String?)]
    )
    func version(text: String, expected: String?) async {
        let machine = await PretendedSystem(outputs: ["ollama": text]).reader(ollama: "ollama").read()
        #expect(machine.ollamaVersion == expected)
    }

    @Test("A program that hangs, fails or is not there says nothing, and keeps nobody waiting")
    func programs() async throws {
        let directory = try TemporaryDirectory()
        _ = try directory.script("good", "echo \"$WORD\"")
        _ = try directory.script("bad", "echo no; exit 3")
        _ = try directory.script("hanging", "sleep 100000")
        var programs = RealProgramOutput(
            environment: ["PATH": "\(directory.path):/usr/bin:/bin", "WORD": "yes"],
            clock: RealClock()
        )
        #expect(await programs.output(of: "good", []) == "yes\n")
        #expect(await programs.output(of: "bad", []) == nil)
        #expect(await programs.output(of: "absent", []) == nil)
        programs.limit = .milliseconds(300)
        #expect(await programs.output(of: "hanging", []) == nil)
    }

    @Test("This very machine can be read")
    func real() async {
        let machine = await MachineReader(ollama: nil, environment: [:], clock: RealClock()).read()
        #expect(machine.cores >= 1)
        #expect(machine.memoryBytes > 64 * .mebibyte)
    }
}
