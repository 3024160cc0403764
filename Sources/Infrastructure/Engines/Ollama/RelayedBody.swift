import Application
import Domain

/// The body with which a caller's own request goes on to an Ollama.
enum RelayedBody {
    /// The caller's bytes, unless an option that concerns everybody had to be changed.
    static func bytes(of job: EngineJob<RelayedRequest>) -> [UInt8] {
        let options = job.work.options
        // A loaded context that is large enough satisfies the wish; asking for another would reload the model for all.
        let isSatisfied = options.contextLength.map { $0 <= job.loadedContext ?? 0 } ?? false
        let isAsItCame = !job.work.isChanged && !isSatisfied && job.work.barred.isEmpty
        guard !isAsItCame, var body = (try? JSONParser.parse(job.work.body))?.object else {
            return job.work.body
        }
        switch options.keepAlive {
        case .seconds(let seconds): body["keep_alive"] = .number(JSONNumber(seconds))
        case .duration(let text): body["keep_alive"] = .string(text)
        case nil: break
        }
        let isNeeded = options.contextLength != nil && !isSatisfied
        let removed = job.work.barred + (isNeeded ? [] : ["num_ctx"])
        if var inner = body["options"]?.object {
            for key in removed { inner[key] = nil }
            body["options"] = .object(inner)
        }
        return Array(JSONValue.object(body).text.utf8)
    }
}
