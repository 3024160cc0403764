extension ServiceConfiguration.Usage {
    mutating func read(_ reader: SettingsReader) {
        reader.read("keep_days", into: &self.keepDays, in: 1...36_500)
        reader.read("max_buffered_records", into: &self.maxBufferedRecords, in: 500...1_000_000)
        reader.read("window_requests", into: &self.windowRequests, in: 100...10_000_000)
    }
}
