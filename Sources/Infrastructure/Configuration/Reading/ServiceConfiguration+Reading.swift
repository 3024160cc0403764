import Application
import Domain

extension ServiceConfiguration {
    /// All keys that exist, in the order of the file.
    static let keys: [SettingKey] = {
        let keys = KeyList()
        var configuration = ServiceConfiguration()
        configuration.read(SettingsReader(JSONObject(), faults: FaultList(), keys: keys), secrets: SecretSource())
        return keys.all
    }()

    /// Reads all sections.
    ///
    /// What is wrong is noted in the reader's faults and keeps its default.
    mutating func read(_ reader: SettingsReader, secrets: SecretSource) {
        reader.section("server") { server in
            self.server.read(server)
            self.server.readDoor(server, secrets: secrets)
        }
        reader.read("allow_anonymous", into: &self.allowAnonymous)
        self.readProjects(reader, secrets: secrets)
        self.readEngines(reader, secrets: secrets)
        reader.section("queues") { self.queues.read($0) }
        reader.section("timeouts") { self.timeouts.read($0) }
        reader.section("scheduler") { self.scheduler.read($0) }
        reader.section("coalescing") { self.coalescing.read($0) }
        reader.section("breaker") { self.breaker.read($0) }
        reader.section("watchdog") { self.watchdog.read($0) }
        reader.section("images") { self.images.read($0) }
        reader.section("image_cache") { self.imageCache.read($0) }
        reader.section("batches") { self.batches.read($0) }
        reader.section("health") { self.health.read($0) }
        reader.section("process_manager") { self.processManager.read($0) }
        reader.section("profile") { self.profile.read($0) }
        reader.section("defaults") { self.defaults.read($0) }
        reader.section("limits") { self.limits.read($0) }
        reader.section("idempotency") { self.idempotency.read($0) }
        reader.section("usage") { self.usage.read($0) }
        reader.section("metrics") { self.metrics.read($0) }
        reader.section("log") { self.log.read($0) }
        reader.section("request_log") { self.requestLog.read($0) }
        reader.section("tracing") { self.tracing.read($0, secrets: secrets) }
        var directory: String?
        reader.read("data_dir", into: &directory)
        if let directory { self.dataDirectory = directory }
    }
}

extension ServiceConfiguration.Server {
    fileprivate mutating func read(_ reader: SettingsReader) {
        reader.read("host", into: &self.host)
        self.host = NetworkHost.unbracketed(self.host)
        reader.read("port", into: &self.port, in: 0...65_535)
        reader.read("max_body_bytes", into: &self.maxBodyBytes, in: 1024...1_099_511_627_776)
        reader.read("drain_seconds", into: &self.drain, in: 0...86_400)
        reader.read("drain_notice_seconds", into: &self.drainNotice, in: 0...3600)
        reader.read("idle_seconds", into: &self.idle, in: 0.001...86_400)
        reader.read("max_connections", into: &self.maxConnections, in: 1...1_000_000)
        reader.read("max_header_bytes", into: &self.maxHeaderBytes, in: 1024...16_777_216)
        reader.read("threads", into: &self.threads, in: 1...1024)
    }
}

extension ServiceConfiguration.Queues {
    fileprivate mutating func read(_ reader: SettingsReader) {
        reader.section("chat") { self.chat.read($0) }
        reader.section("vlm") { self.vlm.read($0) }
        reader.read("notice_after_ms", intoMilliseconds: &self.noticeAfter, in: 0...3_600_000)
        reader.read("max_waiting_bytes", into: &self.maxWaitingBytes, in: 0...1_099_511_627_776)
    }
}

extension ServiceConfiguration.Queue {
    fileprivate mutating func read(_ reader: SettingsReader) {
        reader.read("max_concurrent", into: &self.maxConcurrent, in: 1...100_000)
        reader.read("max_queue_size", into: &self.maxQueueSize, in: 0...1_000_000)
        reader.read("timeout_seconds", into: &self.timeout)
    }
}

extension ServiceConfiguration.Timeouts {
    fileprivate mutating func read(_ reader: SettingsReader) {
        reader.read("connect_seconds", into: &self.connect)
        reader.read("load_seconds", into: &self.load)
        reader.read("first_token_seconds", into: &self.firstToken)
        reader.read("idle_seconds", into: &self.idle)
        reader.read("total_seconds", into: &self.total)
        reader.read("probe_seconds", into: &self.probe)
        reader.read("model_idle_seconds", into: &self.modelIdle)
        reader.read("body_seconds", into: &self.body)
        reader.read("client_stall_seconds", into: &self.clientStall)
    }
}

extension ServiceConfiguration.Health {
    fileprivate mutating func read(_ reader: SettingsReader) {
        reader.read("interval_seconds", into: &self.interval, in: 0.1...3600)
    }
}

extension ServiceConfiguration.ProcessManager {
    fileprivate mutating func read(_ reader: SettingsReader) {
        reader.read("mode", into: &self.mode)
        reader.read("binary", into: &self.binary)
        reader.read("pull", into: &self.pull)
        reader.read("keep_alive", into: &self.keepAlive)
    }
}

extension ServiceConfiguration.Profile {
    fileprivate mutating func read(_ reader: SettingsReader) {
        reader.read("name", into: &self.name)
        reader.read("ram_gb", into: &self.ramGB, in: 0.5...100_000)
        reader.read("file", into: &self.file)
    }
}

extension ServiceConfiguration.Defaults {
    fileprivate mutating func read(_ reader: SettingsReader) {
        reader.read("text_model", into: &self.textModel)
        reader.read("vision_model", into: &self.visionModel)
        reader.read("embedding_model", into: &self.embeddingModel)
    }
}

extension ServiceConfiguration.Limits {
    fileprivate mutating func read(_ reader: SettingsReader) {
        reader.read("prompt_tokens", into: &self.promptTokens, in: 0...1_000_000_000)
        reader.read("max_engine_line_bytes", into: &self.maxEngineLineBytes, in: 1024...1_073_741_824)
        reader.read("max_error_body_bytes", into: &self.maxErrorBodyBytes, in: 1024...16_777_216)
    }
}

extension ServiceConfiguration.Log {
    fileprivate mutating func read(_ reader: SettingsReader) {
        reader.read("level", into: &self.level)
        reader.read("file", into: &self.file)
        reader.read("max_bytes", into: &self.maxBytes, in: 4096...1_099_511_627_776)
        reader.read("files", into: &self.files, in: 1...1000)
    }
}
