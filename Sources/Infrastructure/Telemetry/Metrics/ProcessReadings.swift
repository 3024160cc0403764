public import Application

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// What the system says of this process: its time, its memory, its files.
///
/// What it does not say has no reading.
public struct ProcessReadings: MetricSource {
    private let version: String
    private let startedAt: Double

    /// Looks at this process.
    ///
    /// - Parameters:
    ///   - version: the service's own.
    ///   - startedAt: when it was started.
    public init(version: String, startedAt: Date) {
        self.version = version
        self.startedAt = startedAt.timeIntervalSince1970
    }

    /// See ``MetricSource/readings``.
    public var readings: [MetricReading] {
        var readings = [
            MetricReading(.buildInfo, 1, MetricLabel("version", self.version)),
            MetricReading(.processStart, self.startedAt),
        ]
        func add(_ metric: Metric, _ value: Double?) {
            if let value { readings.append(MetricReading(metric, value)) }
        }
        add(.processCPU, ProcessReadings.processorTime)
        let memory = ProcessReadings.memory
        add(.processMemory, memory?.resident)
        add(.processVirtualMemory, memory?.virtual)
        add(.processOpenFiles, ProcessReadings.openFiles)
        add(.processMaxFiles, ProcessReadings.maximumFiles)
        return readings
    }

    private static var processorTime: Double? {
        var usage = rusage()
        #if canImport(Glibc)
        let who = __rusage_who_t(RUSAGE_SELF.rawValue)
        #else
        let who = RUSAGE_SELF
        #endif
        guard getrusage(who, &usage) == 0 else { return nil }
        return [usage.ru_utime, usage.ru_stime].reduce(0) { $0 + Double($1.tv_sec) + Double($1.tv_usec) / 1_000_000 }
    }

    /// In bytes; Linux tells it in pages (proc(5), `/proc/self/statm`).
    private static var memory: (virtual: Double, resident: Double)? {
        guard let data = FileManager.default.contents(atPath: "/proc/self/statm") else { return nil }
        let fields = String(decoding: data, as: UTF8.self).split(separator: " ").prefix(2).compactMap { Double($0) }
        guard fields.count == 2 else { return nil }
        let page = Double(sysconf(Int32(_SC_PAGESIZE)))
        return (fields[0] * page, fields[1] * page)
    }

    private static var openFiles: Double? {
        (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")).map { Double($0.count) }
    }

    private static var maximumFiles: Double? {
        var limit = rlimit()
        #if canImport(Glibc)
        let which = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        #else
        let which = RLIMIT_NOFILE
        #endif
        return getrlimit(which, &limit) == 0 ? Double(limit.rlim_cur) : nil
    }
}
