import Domain
import Testing

@testable import ProcessManager

@Suite("Memory and cores by what Linux tells")
struct LinuxLimitsTests {
    // Source: proc_meminfo(5); the first lines of a machine of 16 GB.
    private let meminfo = """
        MemTotal:       16245628 kB
        MemFree:          812340 kB
        MemAvailable:    9034412 kB

        """

    private func limits(_ files: [String: String]) -> LinuxLimits { LinuxLimits(files: PretendedSystem(files: files)) }

    @Test("MemTotal is the machine's memory")
    func total() {
        #expect(self.limits(["/proc/meminfo": self.meminfo]).totalMemory == 16_245_628 * 1024)
        #expect(self.limits(["/proc/meminfo": "MemTotal: lots\n"]).totalMemory == nil)
        #expect(self.limits([:]).totalMemory == nil)
    }

    // Source: the kernel's cgroup-v2.rst; inside a container the root is its own group.
    @Test("A container's limit, second version")
    func containerV2() throws {
        let limits = self.limits([
            "/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/memory.max": "4294967296\n",
            "/sys/fs/cgroup/cpu.max": "200000 100000\n",
        ])
        let limit = try #require(limits.memoryLimit)
        #expect(limit.bytes == 4_294_967_296)
        #expect(limit.file == "/sys/fs/cgroup/memory.max")
        #expect(limits.coreLimit == 2)
    }

    // Source: vertti/preflight pull request 226: with the host's tree the limit is at the process's own path, and limits nest.
    @Test("The tightest of nested limits counts, seen from the host's tree")
    func nested() {
        let limits = self.limits([
            "/proc/self/cgroup": "0::/system.slice/docker-1.scope\n",
            "/sys/fs/cgroup/system.slice/docker-1.scope/memory.max": "max\n",
            "/sys/fs/cgroup/system.slice/memory.max": "536870912\n",
            "/sys/fs/cgroup/system.slice/docker-1.scope/cpu.max": "50000 100000\n",
            "/sys/fs/cgroup/system.slice/cpu.max": "max 100000\n",
        ])
        #expect(limits.memoryLimit?.bytes == 536_870_912)
        #expect(limits.coreLimit == 1)
    }

    // Source: scylladb/seastar issue 413: 1 GiB in a container; 9223372036854771712 is no limit.
    @Test("Limits of the first version, and its word for none")
    func firstVersion() async {
        let groups = "5:memory:/\n4:cpu,cpuacct:/\n1:name=systemd:/\n"
        let limits = self.limits([
            "/proc/self/cgroup": groups, "/sys/fs/cgroup/memory/memory.limit_in_bytes": "1073741824\n",
            "/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "150000\n", "/sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
        ])
        #expect(limits.memoryLimit?.bytes == 1_073_741_824)
        #expect(limits.coreLimit == 1)
        let free = PretendedSystem(files: [
            "/proc/meminfo": self.meminfo, "/proc/self/cgroup": groups,
            "/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
            "/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n", "/sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
        ])
        let machine = await free.reader(cores: 8).read()
        #expect(machine.memoryBytes == 16_245_628 * 1024)
        #expect(machine.memoryLimit == nil)
        #expect(machine.cores == 8)
    }

    @Test("Without groups, and with nonsense in their files, there is no limit")
    func noGroups() {
        #expect(self.limits([:]).memoryLimit == nil)
        let limits = self.limits([
            "/proc/self/cgroup": "0::/\nnonsense\n", "/sys/fs/cgroup/memory.max": "many\n",
            "/sys/fs/cgroup/cpu.max": "1\n",
        ])
        #expect(limits.memoryLimit == nil)
        #expect(limits.coreLimit == nil)
    }
}
