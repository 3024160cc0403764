#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Finds programs as a shell does.
public enum ExecutableSearch {
    /// The path of a program.
    ///
    /// - Parameters:
    ///   - name: a path, if it has a slash; else a name that is looked for on `PATH`.
    ///   - environment: for `PATH`.
    /// - Returns: nil if there is no such program that may be run.
    public static func find(_ name: String, environment: [String: String]) -> String? {
        if name.isEmpty { return nil }
        if name.contains("/") { return self.isProgram(name) ? name : nil }
        let directories = (environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin").split(separator: ":")
        return directories.lazy.map { "\($0)/\(name)" }.first(where: self.isProgram)
    }

    private static func isProgram(_ path: String) -> Bool {
        var isDirectory = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && !isDirectory
            && FileManager.default.isExecutableFile(atPath: path)
    }
}
