import TestSupport
import Testing

@testable import Application

@Suite("The seats of a flow")
struct SeatListTests {
    @Test("Whatever comes and leaves in whatever order, the first and everybody's position are those of a plain list")
    func likeAPlainList() {
        var random = SeededRandom(seed: 7)
        for round in 0..<50 {
            var list = SeatList()
            var plain: [Int] = []
            var next = 0
            for _ in 0..<400 {
                switch Int.random(in: 0..<10, using: &random) {
                case 0..<(round % 2 == 0 ? 6 : 4):
                    next += 1
                    list.add(TicketID(next), seat: next)
                    plain.append(next)
                case 6:
                    next += 1
                    list.add(TicketID(-next), seat: -next)
                    plain.insert(-next, at: 0)
                default:
                    guard let index = plain.indices.randomElement(using: &random) else { continue }
                    list.leave(seat: plain.remove(at: index))
                }
                #expect(list.count == plain.count && list.isEmpty == plain.isEmpty)
                #expect(list.first?.number == plain.first)
                #expect(plain.indices.allSatisfy { list.position(of: plain[$0]) == $0 })
            }
        }
    }

    @Test("Those who have left are not kept for ever, even behind one that stays")
    func forgets() {
        var list = SeatList()
        for number in 0...10_000 {
            list.add(TicketID(number), seat: number)
            if number > 1 { list.leave(seat: number - 1) }
        }
        #expect(list.count == 2 && list.first == TicketID(0) && list.seats.count < 40)
    }
}
