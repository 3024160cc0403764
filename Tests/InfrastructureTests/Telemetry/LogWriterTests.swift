import Domain
import Synchronization
import Testing

@testable import Infrastructure

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

@Suite("The log writer")
struct LogWriterTests {
    private func line(_ text: String) -> [UInt8] { Array("\(text)\n".utf8) }

    @Test("Lines are written in their order, by another thread")
    func order() throws {
        let written = try #require(Bell())
        let memory = MemorySink { written.ring() }
        let writer = LogWriter(sink: memory.sink, format: .json)
        writer.write(self.line("0"))
        #expect(written.wait())
        for number in 1..<1000 { writer.write(self.line("\(number)")) }
        writer.close()
        #expect(memory.lines == (0..<1000).map(String.init))
    }

    @Test("Lines of many tasks arrive whole and all of them")
    func manyWriters() async {
        let memory = MemorySink()
        let writer = LogWriter(sink: memory.sink, format: .json)
        await withTaskGroup(of: Void.self) { group in
            for task in 0..<8 {
                group.addTask {
                    for number in 0..<500 { writer.write(Array("\(task)-\(number)-end\n".utf8)) }
                }
            }
        }
        writer.close()
        let lines = memory.lines
        #expect(lines.count == 4000)
        #expect(Set(lines).count == 4000)
        #expect(lines.allSatisfy { $0.hasSuffix("-end") })
    }

    @Test("While the sink is slow, lines beyond the capacity are dropped, and the log says how many")
    func drops() throws {
        let entered = try #require(Bell())
        let go = try #require(Bell())
        let isOpen = Atomic(false)
        let memory = MemorySink {
            entered.ring()
            if !isOpen.load(ordering: .acquiring) { _ = go.wait() }
        }
        let lost = Atomic(0)
        let writer = LogWriter(sink: memory.sink, format: .json, capacity: 20) { count in
            lost.add(count, ordering: .relaxed)
        }
        writer.write(self.line("first"))
        #expect(entered.wait())
        // The thread is in the sink now; the queue takes two lines of ten bytes.
        for number in 1...5 { writer.write(self.line("waiting-\(number)")) }
        isOpen.store(true, ordering: .releasing)
        go.ring()
        writer.close()
        let lines = memory.lines
        #expect(lines.prefix(3) == ["first", "waiting-1", "waiting-2"])
        #expect(lines.count == 4)
        let found = try jsonFields(try #require(lines.last))
        #expect(Array(found.dropFirst()) == ["level=warning", "message=log lines were dropped", "dropped=3"])
        #expect(lost.load(ordering: .relaxed) == 3)
    }

    @Test("Lines that come after the end are written at once")
    func afterClose() {
        let memory = MemorySink()
        let writer = LogWriter(sink: memory.sink, format: .json)
        writer.close()
        writer.close()
        writer.write(self.line("late"))
        #expect(memory.lines == ["late"])
    }

    @Test("A writer that nobody holds any more writes what it has")
    func dropped() {
        let memory = MemorySink()
        LogWriter(sink: memory.sink, format: .json).write(self.line("last"))
        #expect(memory.lines == ["last"])
    }

    @Test("Lines that the sink refuses are counted and told of once it takes some again")
    func brokenSink() throws {
        struct Refusing: LogSink {
            let memory: MemorySink
            var refusals: Int
            mutating func write(_ lines: [UInt8], isHurried: () -> Bool) -> Int {
                self.refusals -= 1
                if self.refusals >= 0 { return lines.lineCount }
                var sink = self.memory.sink
                return sink.write(lines, isHurried: isHurried)
            }
        }
        let memory = MemorySink()
        let lost = Atomic(0)
        let writer = LogWriter(sink: Refusing(memory: memory, refusals: 2), format: .json) { count in
            lost.add(count, ordering: .relaxed)
        }
        writer.close()
        writer.write(self.line("lost"))
        writer.write(self.line("lost as well, and so is the news of the first"))
        writer.write(self.line("kept"))
        #expect(memory.lines.first == "kept")
        #expect(try jsonFields(try #require(memory.lines.last)).last == "dropped=2")
        #expect(lost.load(ordering: .relaxed) == 2)
    }

    @Test("A reader that has stopped holds up neither those who log nor the end of the service")
    func stoppedReader() throws {
        var ends: [Int32] = [-1, -1]
        try #require(pipe(&ends) == 0)
        defer { for end in ends { close(end) } }
        var sink = DescriptorSink(descriptor: ends[1])
        sink.patience = 1
        let writer = LogWriter(sink: sink, format: .json, capacity: 1_048_576)
        let long = self.line(String(repeating: "x", count: 9999))
        for _ in 0..<200 { writer.write(long) }
        writer.close()
        // The pipe holds what it can; the whole lines in it are as they were written.
        var bytes = [UInt8](repeating: 0, count: 10_000)
        #expect(read(ends[0], &bytes, bytes.count) > 0)
        #expect(bytes.first == UInt8(ascii: "x"))
    }

    @Test("Everything that is written to a descriptor arrives there")
    func descriptor() throws {
        var ends: [Int32] = [-1, -1]
        try #require(pipe(&ends) == 0)
        let input = ends[0]
        let total = 300_000
        let received = Atomic(0)
        let finished = try #require(Bell())
        // A thread of its own: the pipe holds less than is written, and tests share few threads.
        let isReading = SystemThread.start {
            var chunk = [UInt8](repeating: 0, count: 65_536)
            while true {
                let count = read(input, &chunk, chunk.count)
                guard count > 0 else { break }
                received.add(count, ordering: .relaxed)
            }
            finished.ring()
        }
        try #require(isReading)
        let writer = LogWriter(sink: DescriptorSink(descriptor: ends[1]), format: .json)
        for _ in 0..<(total / 100) { writer.write(self.line(String(repeating: "y", count: 99))) }
        writer.close()
        close(ends[1])
        #expect(finished.wait())
        #expect(received.load(ordering: .relaxed) == total)
        close(input)
    }
}
