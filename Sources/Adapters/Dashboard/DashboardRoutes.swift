import Application
import HTTPTypes
import Hummingbird
import NIOCore

/// `GET /dashboard` and the stream of states that it shows, `GET /api/v1/events`.
struct DashboardRoutes: Sendable {
    let state: DashboardState
    let clock: any ServiceClock
    let ids: any IDGenerator
    private let memo: DashboardMemo

    init(state: DashboardState, clock: any ServiceClock, ids: any IDGenerator) {
        self.state = state
        self.clock = clock
        self.ids = ids
        self.memo = DashboardMemo(clock: clock)
    }

    /// How often the state is told.
    private static let interval = Duration.seconds(1)

    func addRoutes(to router: Router<ServiceContext>) {
        router.get("/dashboard") { _, _ in
            let nonce = self.ids.next()
            var headers: HTTPFields = [.contentType: "text/html; charset=utf-8", .cacheControl: "no-store"]
            headers[.contentSecurityPolicy] = DocsPage.policy(nonce: nonce)
            headers[.known("x-content-type-options")] = "nosniff"
            headers[.known("referrer-policy")] = "no-referrer"
            let page = DashboardPage.html(version: self.state.version, nonce: nonce)
            return Response(status: .ok, headers: headers, body: .init(byteBuffer: ByteBuffer(string: page)))
        }
        router.get("/api/v1/events") { _, context in self.events(context) }
    }

    /// Server-sent events (WHATWG HTML, 9.2): one `state` a second until the watcher leaves or the service stops.
    private func events(_ context: ServiceContext) -> Response {
        var headers: HTTPFields = [.contentType: "text/event-stream", .cacheControl: "no-store"]
        headers[.xAccelBuffering] = "no"
        context.watch?.arm()
        return Response(
            status: .ok,
            headers: headers,
            body: ResponseBody { writer in
                defer { context.watch?.disarm() }
                // A service that stops does not wait for those who only watch.
                while !self.state.health.isDraining {
                    try await writer.write(await self.memo.event(for: context.caller, scope: context.scope, self.state))
                    try await self.clock.sleep(for: Self.interval)
                }
                try await writer.finish(nil)
            }
        )
    }
}
