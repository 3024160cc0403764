import Application
import ServiceLifecycle

/// Takes the records of requests to the ledger until the service stops, and then what is left.
///
/// It is stopped after the server, when the last request has settled. Its writing is not cancelled: a batch that is on its
/// way gets through.
struct UsageService: Service {
    let writer: UsageWriter

    func run() async throws {
        await withGracefulShutdownHandler {
            await self.writer.run()
        } onGracefulShutdown: {
            self.writer.stop()
        }
    }
}
