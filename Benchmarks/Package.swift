// swift-tools-version: 6.2
// Measurements, in a package of their own so that whoever builds the service never builds them: scripts/bench, scripts/bench-micro.
//
// The layers that are measured are links to the service's sources: they are built here without the rest of it. Of the outer ones
// micro-bench has single files, that need neither the router nor a client for HTTP.

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

/// Settings of the targets in C, as the service itself has them.
let c: [CSetting] = [.treatAllWarnings(as: .error), .enableWarning("all"), .enableWarning("extra")]

let package = Package(
    name: "benchmarks",
    platforms: [.macOS(.v15)],
    dependencies: [
        // What the sources that are measured are made with.
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    ],
    targets: [
        .systemLibrary(name: "CLibCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .target(name: "CBase64", cSettings: c),
        .target(
            name: "CImageCodecs",
            cSettings: c,
            linkerSettings: ["jpeg", "png", "webp", "webpdemux", "lcms2", "z", "m"].map { .linkedLibrary($0) }
        ),
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
                "Application", "CBase64", "CImageCodecs", "CLibCrypto", "Domain", "SchedulerLoad",
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            swiftSettings: base,
            // Valgrind gives up on the debug information of newer compilers.
            linkerSettings: [.unsafeFlags(["-Xlinker", "--strip-debug"], .when(platforms: [.linux]))]
        ),
    ]
)
