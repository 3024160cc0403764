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
        reader.read("chat_max_requests", into: &self.chatMaxRequests, in: 1...10_000)
        reader.read("vlm_max_requests", into: &self.vlmMaxRequests, in: 1...10_000)
    }
}
