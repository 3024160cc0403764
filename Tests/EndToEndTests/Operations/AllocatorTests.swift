import Testing

extension EndToEnd {
    @Suite("The allocator of the service's process", .light, .enabled(if: ProcessFigures.areKnown))
    struct Allocator {
        private static let setting = "glibc.malloc.tcache_count=500"

        /// The environments with which a service and the engine that it starts run.
        private static func environments(tunables: String?) async throws -> (service: String, engine: String) {
            let machine = try await StandInMachine()
            var environments = (service: "", engine: "")
            let settings = machine.settings(tunables.map { ["GLIBC_TUNABLES": $0] } ?? [:])
            try await ServiceUnderTest.run(settings) { service in
                try await eventually("engine of the service's own") { machine.lastProcess != nil }
                environments = (
                    try ProcessFigures.environment(of: service.process.pid),
                    try ProcessFigures.environment(of: try #require(machine.lastProcess))
                )
            }
            return environments
        }

        @Test("The service keeps more free blocks at hand, and its engines have the environment as it was")
        func enlarged() async throws {
            let environments = try await Self.environments(tunables: nil)
            #expect(environments.service.contains(Self.setting))
            #expect(!environments.engine.contains("GLIBC_TUNABLES"))
        }

        @Test("Other tunables stay as they were given, for the service and for its engines")
        func others() async throws {
            let given = "glibc.malloc.arena_max=4"
            let environments = try await Self.environments(tunables: given)
            // What stands between the two, the C library may have changed while it read them.
            #expect(environments.service.contains("GLIBC_TUNABLES=\(given)"))
            #expect(environments.service.contains(Self.setting))
            #expect(environments.engine.contains("GLIBC_TUNABLES=\(given)"))
            #expect(!environments.engine.contains(Self.setting))
        }

        @Test("An operator's own number of blocks is left alone")
        func own() async throws {
            let given = "glibc.malloc.tcache_count=9"
            let environments = try await Self.environments(tunables: given)
            #expect(environments.service.contains("GLIBC_TUNABLES=\(given)"))
            #expect(!environments.service.contains(Self.setting))
            #expect(environments.engine.contains("GLIBC_TUNABLES=\(given)"))
        }
    }
}
