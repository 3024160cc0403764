/// A piece of the service's work, measured by itself.
///
/// What is measured reads no clock and no random source, and is on one thread: it takes the same instructions in every run.
struct Benchmark {
    /// What it is called by on the command line and in the thresholds.
    let name: String
    /// How often it is done in a run: so often that what is counted is its own, and no longer than it has to be.
    let count: Int
    /// Prepares the work.
    ///
    /// The closure that it makes does the work once and returns a number that depends on the result, so that the compiler
    /// cannot leave it out.
    let prepare: () throws -> () throws -> Int

    /// Describes a benchmark.
    init(_ name: String, count: Int = 1000, _ prepare: @escaping () throws -> () throws -> Int) {
        self.name = name
        self.count = count
        self.prepare = prepare
    }

    /// Does the work so many times.
    ///
    /// - Returns: the sum of what came of it.
    func run(_ count: Int) throws -> Int {
        let work = try self.prepare()
        var sum = 0
        for _ in 0..<count { sum &+= try work() }
        return sum
    }
}
