#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// What the processes of a group have used, and use.
///
/// An engine runs its models in processes of their own, which stay in its group.
struct ProcessUsage: Sendable, Equatable {
    /// The processor time of those that live, in clock ticks.
    var ticks = 0
    /// The memory that they have of the machine, in bytes; what they share counts for each.
    var residentBytes = 0

    /// One process, as `/proc/PID/stat` has it.
    struct Process: Equatable {
        let group: Int32
        let ticks: Int
        let residentPages: Int
    }

    /// Reads a line of `/proc/PID/stat`; the name in it may hold anything.
    ///
    /// Source: `proc_pid_stat(5)`: behind the name come state, parent and group; user and system time are the 14th and 15th
    /// field, the resident pages the 24th.
    static func parse(_ stat: String) -> Process? {
        guard let end = stat.lastIndex(of: ")") else { return nil }
        let fields = stat[stat.index(after: end)...].split(separator: " ")
        guard fields.count >= 22, let group = Int32(fields[2]), let user = Int(fields[11]),
            let system = Int(fields[12]),
            let pages = Int(fields[21].trimmed)
        else { return nil }
        return Process(group: group, ticks: user + system, residentPages: max(0, pages))
    }

    /// Adds up the processes of each group; a system without `/proc` tells nothing.
    static func ofGroups(_ groups: Set<Int32>, _ files: any SystemFiles, pageSize: Int) -> [Int32: ProcessUsage] {
        var usages: [Int32: ProcessUsage] = [:]
        for name in files.names(in: "/proc") where Int32(name) != nil {
            guard let stat = files.text(at: "/proc/\(name)/stat"), let process = Self.parse(stat),
                groups.contains(process.group)
            else { continue }
            usages[process.group, default: ProcessUsage()].ticks += process.ticks
            usages[process.group, default: ProcessUsage()].residentBytes += process.residentPages * pageSize
        }
        return usages
    }
}

/// The processor time that engines take, as a part of one core, and their memory.
struct UsageMeter: Sendable {
    /// What is shown of a process.
    struct Reading: Sendable, Equatable {
        /// 100 is one core; nil before there are two looks.
        var cpuPercent: Double?
        var memoryBytes: Int
    }

    /// Looks that follow each other faster say nothing.
    private static let least = Duration.seconds(1)

    private let ticksPerSecond: Double
    private var lastLook: Duration?
    private var last: [Int32: ProcessUsage] = [:]
    private(set) var readings: [Int32: Reading] = [:]

    init(ticksPerSecond: Double = Double(sysconf(Int32(_SC_CLK_TCK)))) {
        self.ticksPerSecond = ticksPerSecond
    }

    /// Whether it is time for another look.
    func isDue(at now: Duration) -> Bool {
        self.lastLook.map { now - $0 >= UsageMeter.least } ?? true
    }

    /// Takes what was found.
    ///
    /// `now`: on any time line that only goes forward.
    mutating func take(_ usages: [Int32: ProcessUsage], at now: Duration) {
        let seconds = self.lastLook.map { (now - $0) / .seconds(1) } ?? 0
        var readings: [Int32: Reading] = [:]
        for (group, usage) in usages {
            var percent: Double?
            if let before = self.last[group], seconds > 0 {
                // A process that has ended takes its time out of the sum.
                let ticks = max(0, usage.ticks - before.ticks)
                percent = Double(ticks) / self.ticksPerSecond / seconds * 100
            }
            readings[group] = Reading(cpuPercent: percent, memoryBytes: usage.residentBytes)
        }
        self.readings = readings
        self.last = usages
        self.lastLook = now
    }
}
