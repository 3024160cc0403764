import Application
import Domain

/// The body with which a caller's own request goes on to an Ollama.
enum RelayedBody {
    /// The caller's bytes, unless an option that concerns everybody had to be changed.
    static func bytes(of job: EngineJob<RelayedRequest>) -> [UInt8] {
        let options = job.work.options
        // A loaded context that is large enough satisfies the wish; asking for another would reload the model for all.
        let isSatisfied = options.contextLength.map { $0 <= job.loadedContext ?? 0 } ?? false
        let mayStay = !isSatisfied && job.work.barred.isEmpty
        if mayStay, !job.work.isChanged { return job.work.body }
        if mayStay, job.work.onlyLacksKeepAlive, let body = RelayedBody.keptAlive(job.work) { return body }
        guard var body = (try? JSONParser.parse(job.work.body))?.object else { return job.work.body }
        body["keep_alive"] = options.keepAlive.map(RelayedBody.value) ?? body["keep_alive"]
        let isNeeded = options.contextLength != nil && !isSatisfied
        let removed = job.work.barred + (isNeeded ? [] : ["num_ctx"])
        if var inner = body["options"]?.object {
            for key in removed { inner[key] = nil }
            body["options"] = .object(inner)
        }
        return Array(JSONValue.object(body).text.utf8)
    }

    /// The caller's bytes with the time in memory added as the last field, which is the one that counts if there are two:
    /// a body may be large, and need not be taken apart for that.
    ///
    /// Nil for what is no JSON object with at least one field.
    private static func keptAlive(_ work: RelayedRequest) -> [UInt8]? {
        func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
        guard let keepAlive = work.options.keepAlive, work.body.first(where: { !isBlank($0) }) == UInt8(ascii: "{"),
            let end = work.body.lastIndex(where: { !isBlank($0) }), work.body[end] == UInt8(ascii: "}"),
            let last = work.body[..<end].last(where: { !isBlank($0) }), last != UInt8(ascii: "{")
        else { return nil }
        return work.body[..<end] + Array(",\"keep_alive\":\(RelayedBody.value(keepAlive).text)}".utf8)
    }

    private static func value(_ keepAlive: KeepAlive) -> JSONValue {
        switch keepAlive {
        case .seconds(let seconds): .number(JSONNumber(seconds))
        case .duration(let text): .string(text)
        }
    }
}
