/// Where the project's own files are.
enum Repository {
    /// Its root, seen from this file.
    static let path = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(4)
        .joined(separator: "/")
}
