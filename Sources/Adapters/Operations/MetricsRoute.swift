import Application
import HTTPTypes
import Hummingbird
import NIOCore

/// `GET /metrics`: all that is measured, for Prometheus.
struct MetricsRoute: Sendable {
    let exposition: ExpositionUseCase

    func addRoutes(to router: Router<ServiceContext>) {
        router.get("/metrics") { _, _ in
            // Not on the event loop, which a task of a request prefers: it takes a millisecond, and looks into files.
            let text = await MetricsRoute.text(self.exposition)
            return Response(
                status: .ok,
                headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8", .cacheControl: "no-store"],
                body: .init(byteBuffer: ByteBuffer(bytes: text))
            )
        }
    }

    private static func text(_ exposition: ExpositionUseCase) async -> [UInt8] {
        await withTaskExecutorPreference(globalConcurrentExecutor) { await exposition.text() }
    }
}
