import NIOCore
import NIOEmbedded
import Testing

@testable import Infrastructure

@Suite("What there is for each event loop")
struct PerEventLoopTests {
    @Test("Each loop has its own value, which is changed in its place")
    func values() {
        let loops = [EmbeddedEventLoop(), EmbeddedEventLoop()]
        var values = PerEventLoop<[Int]>()
        for (index, loop) in loops.enumerated() { values.change(loop, [10]) { $0.append(index) } }
        values.change(loops[0], []) { $0.append(7) }
        #expect(values.values == [[10, 0, 7], [10, 1]])
        #expect(values.change(loops[1], []) { $0.popLast() } == 1)
    }
}
