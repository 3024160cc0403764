import Testing

@testable import ProcessManager

@Suite("What processes use")
struct ProcessUsageTests {
    /// A line of `/proc/PID/stat`: state, parent, group and so on behind the name.
    private func stat(_ name: String, group: Int, user: Int, system: Int, pages: Int) -> String {
        "42 (\(name)) S 1 \(group) 7 0 -1 4194304 1 2 3 4 \(user) \(system) 0 0 20 0 9 0 100 5000 \(pages) 18446744073709551615 1\n"
    }

    @Test("A process is read whatever its name holds", arguments: ["ollama", "a) R 1 2 (b", "", "o l l a m a"])
    func parses(name: String) {
        let process = ProcessUsage.parse(self.stat(name, group: 40, user: 11, system: 4, pages: 30))
        #expect(process == .init(group: 40, ticks: 15, residentPages: 30))
    }

    @Test("What is no such line is no process", arguments: ["", "42", "42 (x)", "42 (x) S 1 2", "42 (x S 1 2 3"])
    func refuses(text: String) {
        #expect(ProcessUsage.parse(text) == nil)
    }

    @Test("The processes of a group are added up, runners included; others are left out")
    func groups() {
        let system = PretendedSystem(files: [
            "/proc/40/stat": self.stat("ollama", group: 40, user: 10, system: 5, pages: 100),
            "/proc/41/stat": self.stat("runner", group: 40, user: 100, system: 0, pages: 1000),
            "/proc/50/stat": self.stat("other", group: 50, user: 7, system: 7, pages: 7),
            "/proc/self/stat": self.stat("x", group: 40, user: 7, system: 7, pages: 7), "/proc/meminfo": "",
        ])
        let usages = ProcessUsage.ofGroups([40], system, pageSize: 4096)
        #expect(usages == [40: ProcessUsage(ticks: 115, residentBytes: 1100 * 4096)])
    }

    @Test("The part of the processor is known from the second look on, and never below zero")
    func percent() {
        var meter = UsageMeter(ticksPerSecond: 100)
        meter.take([1: ProcessUsage(ticks: 500, residentBytes: 9)], at: .seconds(10))
        #expect(meter.readings[1] == .init(cpuPercent: nil, memoryBytes: 9))
        #expect(!meter.isDue(at: .milliseconds(10_900)) && meter.isDue(at: .seconds(11)))
        meter.take([1: ProcessUsage(ticks: 800, residentBytes: 10)], at: .seconds(12))
        #expect(meter.readings[1] == .init(cpuPercent: 150, memoryBytes: 10))
        // A runner has ended and taken its time with it.
        meter.take([1: ProcessUsage(ticks: 100, residentBytes: 5)], at: .seconds(14))
        #expect(meter.readings[1] == .init(cpuPercent: 0, memoryBytes: 5))
        meter.take([:], at: .seconds(16))
        #expect(meter.readings.isEmpty)
    }

    @Test("How much memory is left, on a machine and in a container")
    func freeMemory() {
        let files = ["/proc/meminfo": "MemTotal:       1000 kB\nMemAvailable:    250 kB\n"]
        #expect(FreeMemory(files: PretendedSystem(files: files)).availablePart() == 0.25)
        let container = files.merging([
            "/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/memory.max": "102400\n",
            "/sys/fs/cgroup/memory.current": "92160\n",
            "/sys/fs/cgroup/memory.stat": "anon 40960\ninactive_file 10240\n",
        ]) { $1 }
        #expect(FreeMemory(files: PretendedSystem(files: container)).availablePart() == 0.2)
        #expect(FreeMemory(files: PretendedSystem()).availablePart() == nil)
    }
}
