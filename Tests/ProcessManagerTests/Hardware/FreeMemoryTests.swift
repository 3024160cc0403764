import Testing

@testable import ProcessManager

@Suite("How much memory is left")
struct FreeMemoryTests {
    // Source: proc_meminfo(5).
    private static let meminfo = "MemTotal: 16000000 kB\nMemFree: 100000 kB\nMemAvailable: 4000000 kB\n"

    private func part(_ files: [String: String]) -> Double? {
        FreeMemory(files: PretendedSystem(files: files)).availablePart()
    }

    @Test("MemAvailable counts, which has the caches that the kernel would give back")
    func machine() {
        #expect(self.part(["/proc/meminfo": Self.meminfo]) == 0.25)
        #expect(self.part(["/proc/meminfo": "MemTotal: 16000000 kB\n"]) == nil)
        #expect(self.part([:]) == nil)
    }

    // Source: the kernel's cgroup-v2.rst, `memory.current` and `memory.stat`.
    @Test("In a group with a limit, cached files do not count as used; the scarcer of both holds")
    func group() {
        let group = [
            "/proc/meminfo": Self.meminfo, "/proc/self/cgroup": "0::/\n",
            "/sys/fs/cgroup/memory.max": "4000000000\n", "/sys/fs/cgroup/memory.current": "3900000000\n",
            "/sys/fs/cgroup/memory.stat": "anon 3500000000\ninactive_file 300000000\n",
        ]
        #expect(self.part(group) == 0.1)
        let roomy = group.merging(["/sys/fs/cgroup/memory.current": "400000000\n"]) { $1 }
        #expect(self.part(roomy) == 0.25)
        let silent = group.merging(["/sys/fs/cgroup/memory.current": "?"]) { $1 }
        #expect(self.part(silent) == 0.25)
    }
}
