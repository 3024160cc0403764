#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The files in which a kernel tells what there is.
protocol SystemFiles: Sendable {
    /// A file's text; nil if there is none, or it may not be read.
    func text(at path: String) -> String?

    /// The names in a directory, sorted; empty if there is none.
    func names(in directory: String) -> [String]
}

/// Those of this machine.
struct RealSystemFiles: SystemFiles {
    func text(at path: String) -> String? {
        FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
    }

    func names(in directory: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []).sorted()
    }
}
