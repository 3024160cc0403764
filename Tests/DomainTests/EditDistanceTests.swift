import Domain
import Testing

@Suite("The nearest word")
struct EditDistanceTests {
    static let keys = ["host", "port", "max_body_bytes", "drain_seconds", "drain_notice_seconds", "idle_seconds"]

    @Test(
        "A slip of the pen finds the word that was meant",
        arguments: [
            ("hsot", "host"), ("prt", "port"), ("Port", "port"), ("max_body_byte", "max_body_bytes"),
            ("maxbodybytes", "max_body_bytes"), ("drain_second", "drain_seconds"), ("idle_secs", "idle_seconds"),
        ]
    )
    func findsWord(_ written: String, _ meant: String) {
        #expect(EditDistance.nearest(to: written, among: Self.keys) == meant)
    }

    @Test("A word that is like none of the candidates finds nothing")
    func findsNothing() {
        #expect(EditDistance.nearest(to: "temperature", among: Self.keys) == nil)
        #expect(EditDistance.nearest(to: "port", among: []) == nil)
    }

    @Test("Of two candidates the nearer one wins, of two equally near ones the first")
    func choosesNearest() {
        #expect(EditDistance.nearest(to: "modl", among: ["mode", "model"]) == "mode")
        #expect(EditDistance.nearest(to: "modell", among: ["mode", "model"]) == "model")
    }

    @Test("Words longer than 64 bytes are not compared, so that a hostile key costs nothing")
    func ignoresLongWords() {
        let long = String(repeating: "a", count: 65)
        #expect(EditDistance.nearest(to: long, among: [long]) == nil)
        #expect(EditDistance.nearest(to: "host", among: [long, "host"]) == "host")
    }
}
