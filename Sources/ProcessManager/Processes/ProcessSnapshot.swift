public import Application

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// What has just happened to a managed process.
public enum ProcessEvent: Sendable, Equatable {
    /// It has been started.
    case starting
    /// It answers; `pid` is its process id.
    case ready(pid: Int32?)
    /// It has ended, or could not be started, and is started again after the time.
    case exited(status: Int32, restartIn: Duration)
    /// It has ended too often without ever being ready in between. It is tried again only rarely.
    case crashLoop(status: Int32, lastLines: [String])
    /// Its log tells something that an operator should know.
    case incident(EngineIncident)
    /// It has been stopped, as asked.
    case stopped
}

/// How a managed process is.
public enum ProcessPhase: String, Sendable {
    /// It has not been started yet.
    case idle
    /// It runs and does not answer yet.
    case starting
    /// It runs and answers.
    case ready
    /// It has ended and will be started again shortly.
    case waiting
    /// It has ended too often.
    case crashLoop = "engine_crash_loop"
    /// It has been stopped for good.
    case stopped

    /// Whether there is a process.
    public var isAlive: Bool { self == .starting || self == .ready }
}

/// What is known of a managed process at one moment.
public struct ProcessSnapshot: Sendable {
    /// How it is.
    public internal(set) var phase = ProcessPhase.idle
    /// Its process id, while it runs.
    public internal(set) var pid: Int32?
    /// When the present process was started.
    public internal(set) var startedAt: Date?
    /// How often it has been started again.
    public internal(set) var restarts = 0
    /// The status with which it ended last without having been told to: 128 and the signal's number if a signal ended it.
    public internal(set) var lastStatus: Int32?
    /// Why it ended then, with its last line of output.
    ///
    /// For administrators: it may hold paths.
    public internal(set) var lastError: String?
    /// What its log has told, in all its runs, the oldest first.
    public var incidents: [EngineIncident] { self.mined.all }
    var mined = EngineIncidents()
}
