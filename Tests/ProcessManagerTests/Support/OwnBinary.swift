import Foundation
import ProcessManager

/// The binary of the service, which is also the guard.
///
/// It lies beside the test bundle.
enum OwnBinary {
    static let path: String? = {
        let named = ProcessInfo.processInfo.environment["SHARED_OLLAMA_TEST_BINARY"].map { [$0] } ?? []
        let places = CommandLine.arguments.filter { $0.hasPrefix("/") } + [Bundle.main.bundlePath]
        let beside = places.flatMap { place in
            var directory = URL(fileURLWithPath: place)
            return (0..<5).map { _ in
                directory.deleteLastPathComponent()
                return directory.appendingPathComponent("shared-ollama").path
            }
        }
        return (named + beside).first { path in
            var isDirectory: ObjCBool = false
            return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && !isDirectory.boolValue
                && FileManager.default.isExecutableFile(atPath: path)
        }
    }()

    static var isThere: Bool { self.path != nil }

    static var guardInvocation: GuardInvocation { GuardInvocation(executable: self.path ?? "/nowhere") }
}
