#if canImport(ServiceLifecycleTestKit)
import Application
import Foundation
import ServiceLifecycleTestKit
import Testing

@testable import ProcessManager

@Suite(.enabled(if: OwnBinary.isThere, "the service's binary is not beside the test bundle"), .timeLimit(.minutes(1)))
struct GracefulShutdownTests {
    @Test func theSupervisorEndsWithItsEngines() async throws {
        let world = try World(.auto, bundled: "exec sleep 1000")
        let bundled = EngineName("bundled")
        try await testGracefulShutdown { trigger in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await world.supervisor.run() }
                #expect(await eventually { world.supervisor.process(of: bundled)?.phase == .starting })
                #expect(await eventually { world.supervisor.process(of: bundled)?.pid != nil })
                let pid = try #require(world.supervisor.process(of: bundled)?.pid)
                trigger.triggerGracefulShutdown()
                try await group.waitForAll()
                #expect(world.supervisor.process(of: bundled)?.phase == .stopped)
                #expect(await eventually { !ProcessTable.isRunning(pid) })
            }
        }
    }

    @Test func anEngineThatDoesNotAnswerDoesNotHoldItUp() async throws {
        let world = try World(.auto)
        world.neighbourhood.isHanging.isOn = true
        try await testGracefulShutdown { trigger in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await world.supervisor.run() }
                #expect(await eventually { world.neighbourhood.isAsked.isOn })
                trigger.triggerGracefulShutdown()
                try await group.waitForAll()
            }
        }
    }
}
#endif
