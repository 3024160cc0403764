/// Does one piece of the service's work again and again, to be counted from outside.
///
/// `micro-bench NAME COUNT`; without arguments it tells the names, one a line, each with the count that is fit for it.
@main
struct MicroBench {
    private static var all: [Benchmark] {
        Benchmark.ofText + Benchmark.ofRequests + Benchmark.ofAnswers + Benchmark.ofDecisions + Benchmark.ofImages
            + Benchmark.ofRecords
    }

    static func main() throws {
        let arguments = CommandLine.arguments.dropFirst()
        guard let name = arguments.first else {
            for benchmark in self.all { print(benchmark.name, benchmark.count) }
            return
        }
        guard let benchmark = self.all.first(where: { $0.name == name }), arguments.count == 2,
            let count = arguments.last.flatMap({ Int($0) }), count >= 0
        else { throw WrongArguments() }
        print(try benchmark.run(count))
    }

    private struct WrongArguments: Error, CustomStringConvertible {
        let description = "usage: micro-bench NAME COUNT"
    }
}
