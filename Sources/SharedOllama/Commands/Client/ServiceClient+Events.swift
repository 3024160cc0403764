import Domain
import NIOHTTP1

/// What a service sends of its own accord.
struct ServiceEvent: Sendable, Equatable {
    /// What it is; `message` where it has no name.
    var name = "message"
    /// What it tells.
    let data: JSONValue
}

extension ServiceClient {
    /// Calls and hands on the server-sent events of an answer (WHATWG HTML, 9.2), as they come, until the body has enough of
    /// them or there are no more.
    ///
    /// `body`: whether it wants more.
    ///
    /// - Throws: ``ClientFailure``; what the body throws.
    func events(_ call: ServiceCall, _ body: (ServiceEvent) async throws -> Bool) async throws {
        var reader = EventReader()
        try await self.textLines(call) { line in
            guard let event = try reader.take(line) else { return true }
            return try await body(event)
        }
    }

    /// The state that `GET /api/v1/events` tells first.
    ///
    /// - Throws: ``ClientFailure``.
    func state() async throws -> JSONValue {
        var first: JSONValue?
        try await self.events(ServiceCall(.GET, "/api/v1/events")) { event in
            first = event.data
            return false
        }
        guard let first else { throw ClientFailure.failed("the service at \(self.address) is stopping") }
        return first
    }
}

/// Puts events together of the lines of a stream.
struct EventReader: Sendable {
    private var name = "message"
    private var data: [String] = []

    /// Takes the next line, without its end.
    ///
    /// - Returns: the event that it ends.
    /// - Throws: ``ClientFailure`` for an event that is not JSON.
    mutating func take(_ line: String) throws(ClientFailure) -> ServiceEvent? {
        if line.isEmpty {
            let (name, text) = (self.name, self.data.joined(separator: "\n"))
            (self.name, self.data) = ("message", [])
            guard !text.isEmpty else { return nil }
            guard let value = try? JSONParser.parse(Array(text.utf8)) else {
                throw .failed("the service sent an event that is not JSON")
            }
            return ServiceEvent(name: name, data: value)
        }
        // A line that begins with a colon is a comment.
        guard let colon = line.firstIndex(of: ":"), colon != line.startIndex else { return nil }
        let rest = line[line.index(after: colon)...]
        let value = String(rest.hasPrefix(" ") ? rest.dropFirst() : rest)
        switch line[..<colon] {
        case "event": self.name = value
        case "data": self.data.append(value)
        default: break
        }
        return nil
    }
}
