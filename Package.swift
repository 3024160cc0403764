// swift-tools-version: 6.2
// The layers of the house: imports point inward only (docs/architecture.md). The graph is enforced by
// `--explicit-target-dependency-import-check error` and by scripts/check-imports.

import PackageDescription

/// Settings of every target.
///
/// Each upcoming feature is the default of a later language mode.
let base: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),  // SE-0335
    .enableUpcomingFeature("MemberImportVisibility"),  // SE-0444: an import names the module that a member comes from
    .enableUpcomingFeature("InternalImportsByDefault"),  // SE-0409: a vendor's type cannot leak out of its layer unseen
    .enableUpcomingFeature("InferIsolatedConformances"),  // SE-0470
    .enableUpcomingFeature("ImmutableWeakCaptures"),  // SE-0481
]

/// What serves requests runs on whatever executor calls it (SE-0461): no hops between route, use case and event loop.
let core: [SwiftSetting] = base + [.enableUpcomingFeature("NonisolatedNonsendingByDefault")]

/// Settings of the inner layers.
///
/// Their generic types are made for types of outer layers, and the compiler has to look through to make code of their own for these.
/// In a release alone; the client library, which others depend on, has none of it.
let inner: [SwiftSetting] =
    core + [.unsafeFlags(["-cross-module-optimization"], .when(configuration: .release))]

/// Settings of the targets in C.
let c: [CSetting] = [.treatAllWarnings(as: .error), .enableWarning("all"), .enableWarning("extra")]

let package = Package(
    name: "shared-ollama",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "shared-ollama", targets: ["SharedOllama"]),
        .library(name: "SharedOllamaClient", targets: ["SharedOllamaClient"]),
    ],
    dependencies: [
        // The event loops, sockets and byte buffers under the server and under the engine client.
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        // TLS towards engines that are reached over https.
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        // Router, middleware, HTTP/1 server and its lifecycle. Without its traits: no full Foundation, no configuration.
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        // Status codes and header fields as Hummingbird's API spells them.
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        // The codec between NIO's HTTP/1 parts and swift-http-types.
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        // HTTP out for all that is not per token: the command line's clients, and what the service tells others.
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        // Every background activity is a `Service`, stopped in order on SIGTERM.
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        // The log's front; the JSON and terminal handlers are ours.
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        // The metrics front behind the Metrics port.
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        // Deque: the waiting line of the admission.
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        // The configuration file.
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        // SQLite: the usage ledger and all else that survives a restart, in one database.
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        // The command line.
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        // Child processes: the engines that the service starts itself.
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
    ],
    targets: [
        .target(name: "Domain", swiftSettings: inner),
        // SHA-256 of the system's libcrypto: keys are stored as hashes only.
        .systemLibrary(name: "CLibCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        // Base64 by the vector unit: images come in and go out as text.
        .target(name: "CBase64", cSettings: c),
        // The system's codecs of images behind one interface, in which every error of theirs ends.
        .target(
            name: "CImageCodecs",
            cSettings: c,
            linkerSettings: ["jpeg", "png", "webp", "webpdemux", "lcms2", "z", "m"].map { .linkedLibrary($0) }
        ),
        .target(
            name: "Application",
            dependencies: [
                "Domain",
                .product(name: "DequeModule", package: "swift-collections"),
            ],
            swiftSettings: inner
        ),
        .target(
            name: "Adapters",
            dependencies: [
                "Application", "Domain",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: core
        ),
        .target(
            name: "Infrastructure",
            dependencies: [
                "Application", "Domain", "CBase64", "CImageCodecs", "CLibCrypto",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "Yams", package: "Yams"),
            ],
            swiftSettings: core
        ),
        .target(
            name: "ProcessManager",
            dependencies: [
                "Application", "Domain",
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: base
        ),
        .executableTarget(
            name: "SharedOllama",
            dependencies: [
                "Adapters", "Application", "Domain", "Infrastructure", "ProcessManager",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: base
        ),
        // The client library for other packages: it imports none of the layers.
        .target(
            name: "SharedOllamaClient",
            dependencies: [
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "Subprocess", package: "swift-subprocess"),
            ],
            swiftSettings: base
        ),
        // The example of the client library, which is a package of its own as well.
        .executableTarget(
            name: "swift-client-example",
            dependencies: ["SharedOllamaClient"],
            path: "Examples/SwiftClient/Sources/swift-client-example",
            swiftSettings: base
        ),
        // A truthful Ollama on a real socket, for tests. A library, so that every test target can drive it.
        .target(
            name: "OllamaTestDouble",
            dependencies: [
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ],
            path: "Tests/OllamaTestDouble",
            swiftSettings: base
        ),
        // The double as a program that can be used as `ollama`.
        .executableTarget(
            name: "ollama-stand-in",
            dependencies: ["OllamaTestDouble"],
            path: "Tests/StandInOllama",
            exclude: ["README.md"],
            swiftSettings: base
        ),
        // Clocks, recorders and random sources that several test targets share.
        .target(
            name: "TestSupport",
            dependencies: ["Application", "Domain"],
            path: "Tests/TestSupport",
            swiftSettings: base
        ),
        .testTarget(
            name: "SharedOllamaClientTests",
            dependencies: [
                "OllamaTestDouble", "SharedOllamaClient", "TestSupport",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
            ],
            swiftSettings: base
        ),
        .testTarget(name: "DomainTests", dependencies: ["Domain", "TestSupport"], swiftSettings: base),
        .testTarget(
            name: "ProcessManagerTests",
            dependencies: [
                "ProcessManager", "Application", "Domain", "SharedOllama", "TestSupport",
                .product(name: "ServiceLifecycleTestKit", package: "swift-service-lifecycle"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: base
        ),
        .testTarget(
            name: "AdaptersTests",
            dependencies: [
                "Adapters", "Application", "Domain", "TestSupport",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
            ],
            swiftSettings: base
        ),
        .testTarget(
            name: "EndToEndTests",
            dependencies: [
                "Adapters", "Application", "Infrastructure", "OllamaTestDouble", "SharedOllama", "SharedOllamaClient",
                "TestSupport", "ollama-stand-in", "swift-client-example",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            swiftSettings: base
        ),
        .testTarget(
            name: "InfrastructureTests",
            dependencies: [
                "Infrastructure", "Application", "CBase64", "Domain", "OllamaTestDouble", "TestSupport",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "MetricsTestKit", package: "swift-metrics"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            resources: [.copy("Engines/Streams"), .copy("Vision/Images")],
            swiftSettings: base
        ),
        .testTarget(
            name: "ApplicationTests",
            dependencies: ["Application", "Domain", "TestSupport"],
            swiftSettings: base
        ),
        .testTarget(
            name: "OllamaTestDoubleTests",
            dependencies: [
                "OllamaTestDouble", "SharedOllama", "ollama-stand-in",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            resources: [.copy("Recordings")],
            swiftSettings: base
        ),
    ]
)
