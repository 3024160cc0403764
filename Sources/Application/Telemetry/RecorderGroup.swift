/// Hands every record to several recorders, such as the statistics and the usage ledger.
public struct RecorderGroup: RequestRecorder {
    private let recorders: [any RequestRecorder]

    /// Groups recorders; each gets every record, in this order.
    public init(_ recorders: [any RequestRecorder]) {
        self.recorders = recorders
    }

    /// Hands the record on.
    public func record(_ record: RequestRecord) {
        for recorder in self.recorders { recorder.record(record) }
    }
}
