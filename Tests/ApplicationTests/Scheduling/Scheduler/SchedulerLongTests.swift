import Application
import Domain
import TestSupport
import Testing

@Suite("The invariants of the scheduler, a million events", .enabled(if: LongRun.isWanted))
struct SchedulerLongTests {
    @Test("No fault in random worlds of all kinds")
    func million() async throws {
        var events = 0
        repeat {
            var seeds = SystemRandomNumberGenerator()
            let seed = seeds.next()
            print("seed \(seed)")
            var random = SeededRandom(seed: seed)
            var options = RandomWorld.Options()
            options.engines = Int.random(in: 1...8, using: &random)
            options.batchShare = Bool.random(using: &random) ? 0 : 0.05
            options.projectLimits = Bool.random(using: &random)
            options.queueLimits = Bool.random(using: &random)
            options.failures = Bool.random(using: &random)
            var world = try RandomWorld(seed: seed, options: options)
            world.run(20_000)
            #expect(world.log.faults.isEmpty, "seed \(seed): \(world.log.faults)")
            #expect(world.log.ends.count == world.log.arrived, "seed \(seed)")
            events += world.events
        } while events < 1_000_000
    }
}
