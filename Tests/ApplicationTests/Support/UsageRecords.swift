import Domain
import Synchronization
import Testing

@testable import Application

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The record of a request that ended somehow.
func usageRecord(
    _ id: String = "id",
    project: String = "search",
    at arrival: Date = Date(timeIntervalSince1970: 0),
    _ change: (RequestRecord) -> Void = { _ in }
) -> RequestRecord {
    guard let project = try? ProjectName(project) else { preconditionFailure("'\(project)' is not a project's name") }
    let record = RequestRecord(
        requestID: RequestID(generated: id),
        project: project,
        dialect: .native,
        operation: .chat,
        arrivedAt: arrival
    )
    change(record)
    return record
}

/// Values in the order in which they came.
final class RecordedValues<Value: Sendable>: Sendable {
    private let kept = Mutex<[Value]>([])
    var values: [Value] { self.kept.withLock { $0 } }
    func add(_ value: Value) { self.kept.withLock { $0.append(value) } }
}

/// Lets other tasks go on until something is true, however often that takes.
func eventually(_ condition: () -> Bool, _ location: SourceLocation = #_sourceLocation) async throws {
    for _ in 0..<1_000_000 where !condition() { await Task.yield() }
    try #require(condition(), sourceLocation: location)
}
