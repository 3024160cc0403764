import NIOCore

/// A value for each event loop: there are few loops, and each request looks for its own several times.
struct PerEventLoop<Value> {
    private var loops: [ObjectIdentifier] = []
    private(set) var values: [Value] = []

    init() {}

    /// Changes the value of a loop in its place; it is made if there is none.
    mutating func change<Result>(
        _ eventLoop: any EventLoop,
        _ first: @autoclosure () -> Value,
        _ body: (inout Value) -> Result
    ) -> Result {
        let loop = ObjectIdentifier(eventLoop)
        if let index = self.loops.firstIndex(of: loop) { return body(&self.values[index]) }
        var value = first()
        defer {
            self.loops.append(loop)
            self.values.append(value)
        }
        return body(&value)
    }
}
