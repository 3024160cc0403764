/// What decides who runs when in a simulation.
public protocol SchedulingPolicy {
    /// When time alone changes something.
    var nextWakeup: MonotonicInstant? { get }
    /// Takes in an event and tells what is to be done.
    mutating func handle(_ event: SchedulerEvent, at instant: MonotonicInstant) -> [SchedulerAction]
}

extension Scheduler: SchedulingPolicy {}
