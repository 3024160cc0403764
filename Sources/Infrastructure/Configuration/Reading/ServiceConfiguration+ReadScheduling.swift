import Domain

extension ServiceConfiguration.Scheduler {
    mutating func read(_ reader: SettingsReader) {
        reader.read("patience_seconds", into: &self.patience, in: 0...3600)
        reader.read("ageing_seconds", into: &self.ageing)
    }
}

extension ServiceConfiguration.Coalescing {
    mutating func read(_ reader: SettingsReader) {
        reader.read("enabled", into: &self.isEnabled)
    }
}

extension ServiceConfiguration.Breaker {
    mutating func read(_ reader: SettingsReader) {
        reader.read("failures", into: &self.failures, in: 1...1000)
        reader.read("reset_seconds", into: &self.reset, in: 0.1...3600)
    }
}

extension ServiceConfiguration.Watchdog {
    mutating func read(_ reader: SettingsReader) {
        reader.read("no_progress_seconds", into: &self.noProgress, in: 1...86_400)
        reader.read("canary_seconds", into: &self.canary, in: 0.1...3600)
        reader.read("restart", into: &self.restarts)
    }
}

extension ServiceConfiguration.Batches {
    mutating func read(_ reader: SettingsReader) {
        reader.read("min_share", into: &self.minShare, in: 0...0.9)
        reader.read("max_attempts", into: &self.maxAttempts, in: 1...100)
        reader.read("chat_max_requests", into: &self.chatMaxRequests, in: 1...10_000)
        reader.read("vlm_max_requests", into: &self.vlmMaxRequests, in: 1...10_000)
        reader.read("max_file_bytes", into: &self.maxFileBytes, in: 1024...1_099_511_627_776)
        reader.read("max_storage_bytes", into: &self.maxStorageBytes, in: 1_048_576...1_125_899_906_842_624)
        reader.read("max_files_per_project", into: &self.maxFilesPerProject, in: 1...1_000_000)
        reader.read("max_lines", into: &self.maxLines, in: 1...1_000_000)
        reader.read("max_open_batches", into: &self.maxOpenBatches, in: 1...100_000)
        reader.read("max_window_days", into: &self.maxWindowDays, in: 1...365)
        reader.read("retention_days", into: &self.retentionDays, in: 1...36_500)
    }
}
