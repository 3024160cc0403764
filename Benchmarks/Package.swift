// swift-tools-version: 6.2
// Measurements, in a package of their own so that whoever builds the service never builds them: scripts/bench.
//
// The layers that are measured are links to the service's sources: they are built here without the rest of it.

import PackageDescription

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("InferIsolatedConformances"),
    .enableUpcomingFeature("ImmutableWeakCaptures"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

let package = Package(
    name: "benchmarks",
    platforms: [.macOS(.v15)],
    dependencies: [
        // Deque, in the sources that are measured.
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0")
    ],
    targets: [
        .target(name: "Domain", swiftSettings: settings),
        .target(
            name: "Application",
            dependencies: ["Domain", .product(name: "DequeModule", package: "swift-collections")],
            swiftSettings: settings
        ),
        .executableTarget(name: "scheduler-bench", dependencies: ["Application", "Domain"], swiftSettings: settings),
    ]
)
