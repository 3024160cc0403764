// swift-tools-version: 6.2
// Measurements, in a package of their own so that whoever builds the service never builds them: scripts/bench.
//
// The layers that are measured are links to the service's sources: they are built here without the rest of it.

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
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0")
    ],
    targets: [
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
    ]
)
