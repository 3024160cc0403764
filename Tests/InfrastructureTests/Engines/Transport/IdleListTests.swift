import NIOCore
import Testing

@testable import Infrastructure

@Suite("Connections that nobody uses just now")
struct IdleListTests {
    private func time(_ seconds: Int64) -> NIODeadline { .uptimeNanoseconds(1_000_000_000_000) + .seconds(seconds) }

    @Test("The one that was used last is used again first")
    func order() {
        var list = IdleList<Int>()
        let gone = (0..<3).compactMap { list.keep($0, at: self.time(0)) }
        let taken = (0..<4).map { _ in list.takeLast(at: self.time(1))?.element }
        #expect(gone.isEmpty && taken == [2, 1, 0, nil])
    }

    @Test("What a burst has left goes one by one, and what is too old is told so")
    func age() {
        var list = IdleList<Int>()
        for number in 0..<3 { _ = list.keep(number, at: self.time(0)) }
        let gone = [(3, 60), (4, 61), (5, 62)].map { list.keep($0, at: self.time($1)) }
        #expect(gone == [nil, 0, 1])
        #expect(list.elements == [2, 3, 4, 5])
        let (young, old) = (list.takeLast(at: self.time(100)), list.takeLast(at: self.time(200)))
        #expect(young?.isOld == false && old?.isOld == true)
    }

    @Test("There is a bound")
    func bound() {
        var list = IdleList<Int>()
        let gone = (0..<IdleList<Int>.limit).compactMap { list.keep($0, at: self.time(0)) }
        let surplus = list.keep(-1, at: self.time(0))
        #expect(gone.isEmpty && surplus == 0)
        #expect(list.elements.count == IdleList<Int>.limit)
    }
}
