extension ServiceConfiguration.Usage {
    mutating func read(_ reader: SettingsReader) {
        reader.read("keep_days", into: &self.keepDays, in: 1...36_500)
        reader.read("max_buffered_records", into: &self.maxBufferedRecords, in: 500...1_000_000)
        reader.read("window_requests", into: &self.windowRequests, in: 100...10_000_000)
    }
}

extension ServiceConfiguration.Metrics {
    mutating func read(_ reader: SettingsReader) {
        reader.read("max_projects", into: &self.maxProjects, in: 1...1000)
        reader.read("max_models", into: &self.maxModels, in: 1...1000)
    }
}

extension ServiceConfiguration.RequestLog {
    mutating func read(_ reader: SettingsReader) {
        reader.read("enabled", into: &self.isEnabled)
        reader.read("max_bytes", into: &self.maxBytes, in: 4096...1_099_511_627_776)
        reader.read("files", into: &self.files, in: 1...1000)
        reader.read("max_buffered_bytes", into: &self.maxBufferedBytes, in: 65_536...1_073_741_824)
        reader.read("capture", into: &self.capture, in: 0...100_000)
        reader.read("capture_body_bytes", into: &self.captureBodyBytes, in: 1024...262_144)
    }
}

extension ServiceConfiguration.Idempotency {
    mutating func read(_ reader: SettingsReader) {
        reader.read("enabled", into: &self.enabled)
        reader.read("keep_hours", into: &self.keepHours, in: 1...8760)
        reader.read("max_bytes", into: &self.maxBytes, in: 1024...1_073_741_824)
        reader.read("max_records", into: &self.maxRecords, in: 1...1_000_000)
        reader.read("max_project_bytes", into: &self.maxProjectBytes, in: 1024...1_099_511_627_776)
    }
}
