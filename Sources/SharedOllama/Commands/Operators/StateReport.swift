import Domain

/// The state of a service, as `GET /api/v1/events` tells it, in tables.
struct StateReport: Sendable {
    private let state: JSONValue

    init(_ state: JSONValue) {
        self.state = state
    }

    /// Whether no engine answers.
    var isUnhealthy: Bool { self.state["status"]?.string == "unhealthy" }

    private var engineList: [JSONValue] { self.state["engines"]?.elements ?? [] }
    private var requestList: [JSONValue] { self.state["requests"]?.elements ?? [] }

    /// `shared-ollama 0.1.0 at http://127.0.0.1:8000: healthy`.
    func title(_ address: ServiceAddress) -> String {
        "shared-ollama \(self.state["version"]?.string ?? "?") at \(address): \(self.state["status"]?.string ?? "?")\n"
    }

    /// What the last minute was like, in one line.
    var lastMinute: String {
        let minute = self.state["last_minute"]
        let count = minute?["requests"]?.integer ?? 0
        var text = "last minute: \(count) requests, \(minute?["failed"]?.integer ?? 0) failed"
        text += ", \(PlainWords.number(minute?["tokens_per_second"]?.double ?? 0)) tokens/s"
        guard count > 0 else { return text + "\n" }
        for (name, key) in [("p50", "p50_latency_ms"), ("p95", "p95_latency_ms"), ("p99", "p99_latency_ms")] {
            text += ", \(name) \(PlainWords.latency(milliseconds: minute?[key]?.double ?? 0))"
        }
        return text + "\n"
    }

    // MARK: Engines and models

    /// The engines, and what there is to say of them.
    var engines: String {
        guard !self.engineList.isEmpty else { return "no engine is known\n" }
        var table = TextTable(["ENGINE", "KIND", "STATE", "VERSION", "RUNNING", "SLOTS", "CPU", "MEMORY", "LOADED"])
        for engine in self.engineList {
            let loaded = engine["models"]?.elements.compactMap { $0["name"]?.string } ?? []
            table.add([
                engine["name"]?.string ?? "?", engine["kind"]?.string ?? "?", engine["state"]?.string ?? "?",
                engine["version"]?.string ?? "-", "\(engine["running"]?.integer ?? 0)",
                engine["slots"]?.integer.map(String.init) ?? "-",
                engine["cpu_percent"]?.double.map { "\(Int($0.rounded())) %" } ?? "-",
                engine["memory_mb"]?.integer.map { PlainWords.bytes($0 * 1_000_000) } ?? "-",
                loaded.isEmpty ? "-" : loaded.joined(separator: ", "),
            ])
        }
        return table.text + self.engineList.flatMap(Self.remarks).map { "  \($0)\n" }.joined()
    }

    /// What there is to say of an engine, beside its figures.
    static func remarks(_ engine: JSONValue) -> [String] {
        let name = engine["name"]?.string ?? "?"
        var remarks: [String] = []
        if let reason = engine["reason"]?.string { remarks.append("\(name): \(reason)") }
        if let breaker = engine["breaker"]?.string, breaker != "closed" {
            remarks.append("\(name): failed too often, so that nothing is sent to it (breaker \(breaker))")
        }
        if let restarts = engine["restarts"]?.integer, restarts > 0 {
            remarks.append("\(name): started again \(restarts) times")
        }
        for event in engine["events"]?.elements ?? [] {
            let count = event["count"]?.integer ?? 1
            let times = count == 1 ? "" : " \(count) times, last"
            let what = "\(event["code"]?.string ?? "?")\(times) at \(event["at"]?.string ?? "?")"
            remarks.append("\(name): \(what): \(event["advice"]?.string ?? "")")
        }
        return remarks
    }

    /// The models of all engines, those in memory first; the answer of `GET /api/v1/models`.
    func models(_ list: JSONValue, limit: Int = 20) -> String {
        let rows = ModelRow.rows(list, loaded: self.loadedModels)
        guard !rows.isEmpty else { return "no model is there: fetch one with 'ollama pull NAME'\n" }
        var text = ModelRow.table(Array(rows.prefix(limit)))
        if rows.count > limit { text += "  and \(rows.count - limit) more: 'shared-ollama models list'\n" }
        return text
    }

    /// What engines have in memory: rows with `name`, `engine`, `bytes` and `pinned`.
    private var loadedModels: [JSONValue] {
        self.engineList.flatMap { engine in
            (engine["models"]?.elements ?? []).map { model in
                var object = model.object ?? JSONObject()
                object["engine"] = engine["name"]
                return .object(object)
            }
        }
    }

    // MARK: Queues and requests

    /// The queues.
    var queues: String {
        var table = TextTable([
            "QUEUE", "WAITING", "RUNNING", "DONE", "FAILED", "REJECTED", "TIMED OUT", "P50 WAIT", "P95 WAIT",
        ])
        for name in ["chat", "vlm"] {
            guard let queue = self.state["queues"]?[name] else { continue }
            func count(_ key: String) -> String { queue[key]?.integer.map(String.init) ?? "-" }
            func wait(_ key: String) -> String { PlainWords.latency(milliseconds: queue[key]?.double ?? 0) }
            table.add([
                name, "\(count("queued"))/\(count("max_queue_size"))",
                "\(count("in_progress"))/\(count("max_concurrent"))", count("completed"), count("failed"),
                count("rejected"), count("timeout"), wait("p50_wait_time_ms"), wait("p95_wait_time_ms"),
            ])
        }
        return table.text
    }

    /// The requests that are on their way, the oldest first.
    func requests(limit: Int) -> String {
        let count = self.state["request_count"]?.integer ?? 0
        guard count > 0 else { return "no request is on its way\n" }
        var table = TextTable(["REQUEST", "PROJECT", "CLASS", "MODEL", "ENGINE", "PHASE", "POSITION", "SINCE", "LEFT"])
        for request in self.requestList.prefix(limit) {
            func text(_ key: String) -> String { request[key]?.string ?? "-" }
            func time(_ key: String) -> String? { request[key]?.double.map(PlainWords.latency) }
            table.add([
                text("request_id"), text("project"), text("class"), text("model"), text("engine"), text("phase"),
                request["position"]?.integer.map(String.init) ?? "-", time("waited_ms") ?? "-",
                time("estimated_wait_ms") ?? "-",
            ])
        }
        let rest = count - min(limit, self.requestList.count)
        return table.text + (rest > 0 ? "  and \(rest) more\n" : "")
    }

    /// Who calls: the requests on their way, and those of the last minute.
    var projects: String {
        var names: [String] = []
        var waiting: [String: Int] = [:]
        var running: [String: Int] = [:]
        for request in self.requestList {
            guard let name = request["project"]?.string else { continue }
            if !names.contains(name) { names.append(name) }
            let isQueued = request["phase"]?.string == "queued"
            if isQueued { waiting[name, default: 0] += 1 } else { running[name, default: 0] += 1 }
        }
        let minute = self.state["last_minute"]?["projects"]?.elements ?? []
        for name in minute.compactMap({ $0["project"]?.string }) where !names.contains(name) { names.append(name) }
        guard !names.isEmpty else { return "no project called in the last minute\n" }
        var table = TextTable(["PROJECT", "WAITING", "RUNNING", "REQUESTS/MIN", "FAILED", "TOKENS/MIN"])
        for name in names {
            let share = minute.first { $0["project"]?.string == name }
            table.add(
                [name, "\(waiting[name] ?? 0)", "\(running[name] ?? 0)"]
                    + ["requests", "failed", "tokens"].map { "\(share?[$0]?.integer ?? 0)" }
            )
        }
        return table.text
    }

    // MARK: Batches and failures

    /// The batches that are not over; nothing if there are none.
    var batches: String {
        let open = (self.state["batches"]?.elements ?? []).filter { batch in
            !["completed", "failed", "expired", "cancelled"].contains(batch["status"]?.string ?? "")
        }
        guard !open.isEmpty else { return "" }
        var table = TextTable(["BATCH", "PROJECT", "STATUS", "DONE", "FAILED", "RUNNING", "LEFT"])
        for batch in open {
            func count(_ key: String) -> Int { batch[key]?.integer ?? 0 }
            let status = batch["status"]?.string ?? "?"
            table.add([
                batch["id"]?.string ?? "?", batch["project"]?.string ?? "?",
                batch["is_paused"]?.isTrue ?? false ? "\(status) (paused)" : status,
                "\(count("completed") + count("failed"))/\(count("total"))", "\(count("failed"))",
                "\(count("running"))",
                batch["estimated_rest_ms"]?.double.map { PlainWords.duration(seconds: $0 / 1000) } ?? "-",
            ])
        }
        return table.text
    }

    /// The latest failures; nothing if there were none in the last minute.
    func failures(limit: Int) -> String {
        let failures = self.state["last_minute"]?["errors"]?.elements ?? []
        guard !failures.isEmpty else { return "" }
        var table = TextTable(["FAILED REQUEST", "CODE", "PROJECT", "MODEL", "AGO"])
        for failure in failures.prefix(limit) {
            func text(_ key: String) -> String { failure[key]?.string ?? "-" }
            table.add([
                text("request_id"), text("code"), text("project"), text("model"),
                PlainWords.latency(milliseconds: failure["ago_ms"]?.double ?? 0),
            ])
        }
        return table.text
    }
}
