import Application
import Domain
import Logging
import Testing

@testable import Infrastructure

@Suite("Pinned models in the database")
struct SQLitePinStoreTests {
    @Test("A pin outlives the database's being closed, whatever the spelling, until it is removed")
    func kept() async throws {
        let directory = try TemporaryDirectory()
        let pins = [
            ModelPin(model: try ModelName("HF.co/Acme/Tiny:Q4"), engine: EngineName("near")),
            ModelPin(model: try ModelName("smollm2"), engine: EngineName("near")),
            ModelPin(model: try ModelName("smollm2"), engine: EngineName("far")),
        ]
        func store() throws -> SQLitePinStore {
            SQLitePinStore(database: try ServiceDatabase(directory: directory.path, logger: Logger(label: "test")))
        }
        let first = try store()
        for pin in pins + pins { try await first.add(pin) }
        let second = try store()
        #expect(try await second.pins() == pins)
        #expect(try await second.pins().first?.model.spelling == "HF.co/Acme/Tiny:Q4")
        try await second.remove(ModelPin(model: try ModelName("hf.co/acme/tiny:q4"), engine: EngineName("near")))
        try await second.remove(ModelPin(model: try ModelName("smollm2"), engine: EngineName("nowhere")))
        #expect(try await store().pins() == Array(pins.dropFirst()))
    }
}
