import Application
import Domain
import TestSupport
import Testing

@Suite("The waiting line under fire", .enabled(if: LongRun.isWanted))
struct AdmissionLongTests {
    @Test("Whatever callers, engines and clocks do, in the end nothing runs, nothing waits, and the next ticket runs")
    func losesNothing() async throws {
        try await LongRun.repeating { seed in
            var random = SeededRandom(seed: seed)
            let clock = ManualClock()
            var settings = SchedulerSettings()
            settings.chat = .init(
                maxConcurrent: Bool.random(using: &random) ? 3 : nil,
                maxQueueSize: Int.random(in: 1...40, using: &random),
                timeout: .seconds(60)
            )
            settings.maxWaitingBytes = 500
            let admission = SchedulerAdmission(settings: settings, clock: clock)
            let engines = ["a", "b", "c"].map { EngineName($0) }
            let model = try ModelName("m")
            for engine in engines { admission.apply(.up(engine, EngineCapacity(), loaded: [model])) }
            await withTaskGroup(of: Void.self) { group in
                for id in 0..<300 {
                    let mine = engines.filter { _ in Bool.random(using: &random) }
                    let isCancelled = Int.random(in: 0..<3, using: &random) == 0
                    let patience = Int.random(in: 0..<40, using: &random)
                    if Int.random(in: 0..<20, using: &random) == 0 { clock.advance(by: .seconds(40)) }
                    if let engine = engines.randomElement(using: &random) {
                        let capacity = EngineCapacity(parallel: Int.random(in: 0...2, using: &random))
                        switch Int.random(in: 0..<4, using: &random) {
                        case 0: admission.apply(.down(engine))
                        case 1: admission.apply(.up(engine, capacity, loaded: [model]))
                        case 2: admission.apply(.unloaded(model, engine))
                        default: admission.apply(.changed(engine, capacity))
                        }
                    }
                    guard !mine.isEmpty else { continue }
                    let ticket = Ticket(
                        requestID: RequestID(generated: "\(id)"),
                        project: Project(name: .default),
                        model: model,
                        engines: mine,
                        waitingBytes: id % 30
                    )
                    group.addTask {
                        let task = Task { try await admission.admit(ticket) }
                        for _ in 0..<patience { await Task.yield() }
                        if isCancelled { task.cancel() }
                        if case .success(let slot) = await task.result { slot.release() }
                    }
                }
                for engine in engines {
                    admission.apply(.up(engine, EngineCapacity(), loaded: [model]))
                    admission.apply(.changed(engine, EngineCapacity()))
                    admission.apply(.loaded(model, engine, took: nil))
                }
            }
            #expect(admission.counts == (0, 0), "seed \(seed)")
            let last = Ticket(
                requestID: RequestID(generated: "last"),
                project: Project(name: .default),
                model: model,
                engines: engines,
                waitingBytes: 0
            )
            try await admission.admit(last).release()
        }
    }
}
