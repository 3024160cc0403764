// swift-tools-version: 6.2
// Measurements, in a package of their own so that whoever builds the service never builds them: scripts/bench, scripts/bench-micro.
//
// The layers that are measured are links to the service's sources: they are built here without the rest of it. Of the outer ones
// micro-bench has single files, that need neither the router, nor a database, nor a client for HTTP.

import PackageDescription

let base: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("InferIsolatedConformances"),
    .enableUpcomingFeature("ImmutableWeakCaptures"),
]

/// Settings of the inner layers, as the service itself has them: else other code would be measured than runs.
let inner: [SwiftSetting] =
    base + [
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
        .unsafeFlags(["-cross-module-optimization"], .when(configuration: .release)),
    ]

let package = Package(
    name: "benchmarks",
    platforms: [.macOS(.v15)],
    dependencies: [
        // What the sources that are measured are made with.
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    ],
    targets: [
        .systemLibrary(name: "CLibCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .target(name: "Domain", swiftSettings: inner),
        .target(
            name: "Application",
            dependencies: ["Domain", .product(name: "DequeModule", package: "swift-collections")],
            swiftSettings: inner
        ),
        .target(name: "SchedulerLoad", dependencies: ["Application", "Domain"], swiftSettings: inner),
        .executableTarget(
            name: "scheduler-bench",
            dependencies: ["Application", "Domain", "SchedulerLoad"],
            swiftSettings: inner
        ),
        .executableTarget(
            name: "micro-bench",
            dependencies: [
                "Application", "CLibCrypto", "Domain", "SchedulerLoad",
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            swiftSettings: base,
            // Valgrind gives up on the debug information of newer compilers.
            linkerSettings: [.unsafeFlags(["-Xlinker", "--strip-debug"], .when(platforms: [.linux]))]
        ),
    ]
)
