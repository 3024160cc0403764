// swift-tools-version: 6.2
// A program that uses the client library, as a package of its own:
//
//     swift run --package-path Examples/SwiftClient swift-client-example http://127.0.0.1:8000 smollm2:135m
//
// The first build takes some minutes. The same source is a target of the main package too, so that every build of that
// compiles it and its tests run it.

import PackageDescription

let package = Package(
    name: "swift-client-example",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "shared-ollama", path: "../..")],
    targets: [
        .executableTarget(
            name: "swift-client-example",
            dependencies: [.product(name: "SharedOllamaClient", package: "shared-ollama")]
        )
    ]
)
