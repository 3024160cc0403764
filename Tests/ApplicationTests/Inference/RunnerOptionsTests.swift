import Domain
import Testing

@testable import Application

@Suite("Options that change a runner for everybody")
struct RunnerOptionsTests {
    private static func work(context: Int? = nil, keepAlive: KeepAlive? = nil) throws -> EngineWork {
        var request = try Bench.chatRequest()
        request.options.contextLength = context
        request.options.keepAlive = keepAlive
        return .chat(request)
    }

    private static let user = Project(name: .default)
    private static let trusted = Project(name: .default, permissions: [.runnerOptions, .keepAlive])

    @Test("A context that is loaded satisfies a smaller wish, and nothing is sent for it")
    func smallerContext() throws {
        let (work, _) = try RunnerOptions.normalised(
            Self.work(context: 2048),
            for: Self.user,
            loadedContext: 4096,
            keepAlive: nil
        )
        #expect(work.options.contextLength == nil)
    }

    @Test("A larger context than the loaded one is refused with both numbers unless the project may")
    func largerContext() throws {
        let error = #expect(throws: ServiceError.self) {
            try RunnerOptions.normalised(
                Self.work(context: 8192),
                for: Self.user,
                loadedContext: 4096,
                keepAlive: nil
            )
        }
        #expect(error?.code == .unsupportedField && error?.faults.first?.pointer == "/num_ctx")
        #expect(error?.message.contains("4096") == true && error?.message.contains("8192") == true)
        for project in [Self.trusted, Project(name: .default, role: .admin)] {
            let (work, _) = try RunnerOptions.normalised(
                Self.work(context: 8192),
                for: project,
                loadedContext: 4096,
                keepAlive: nil
            )
            #expect(work.options.contextLength == 8192)
        }
    }

    @Test(
        "A longer keep_alive than the service's is lowered to it unless the project may",
        arguments: [
            ("10m", "5m"), ("-1s", "5m"), ("1h30m", "5m"), ("4m59.9s", "4m59.9s"), ("0", "0"), ("300000ms", "300000ms"),
        ]
    )
    func keepAlive(asked: String, sent: String) throws {
        let limit = try KeepAlive(duration: "5m")
        let wish = try KeepAlive(duration: asked)
        let (work, lowered) = try RunnerOptions.normalised(
            Self.work(keepAlive: wish),
            for: Self.user,
            loadedContext: nil,
            keepAlive: limit
        )
        #expect(work.options.keepAlive == .duration(sent))
        #expect(lowered == (asked == sent ? nil : .lowered(limit)))
        let (free, none) = try RunnerOptions.normalised(
            Self.work(keepAlive: wish),
            for: Self.trusted,
            loadedContext: nil,
            keepAlive: limit
        )
        #expect(free.options.keepAlive == wish && none == nil)
    }

    @Test(
        "A model that is to stay does so whatever a request says of keep_alive",
        arguments: [(nil, nil), ("0", KeepAliveChange.overruled), ("5m", .overruled), ("-1s", nil)]
    )
    func stays(asked: String?, told: KeepAliveChange?) throws {
        for project in [Self.user, Self.trusted] {
            let (work, change) = try RunnerOptions.normalised(
                Self.work(keepAlive: try asked.map { try KeepAlive(duration: $0) }),
                for: project,
                loadedContext: nil,
                keepAlive: try KeepAlive(duration: "5m"),
                stays: true
            )
            #expect(work.options.keepAlive?.lengthInSeconds == .infinity && change == told)
        }
    }
}
