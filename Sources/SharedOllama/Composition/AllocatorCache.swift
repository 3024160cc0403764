#if canImport(Glibc)
import Glibc
#endif

/// How many free blocks of a size glibc's allocator keeps at hand for each thread.
///
/// Its own seven are too few for an event loop: with dozens of requests on their way nearly all blocks come from and go back to the
/// bins behind, which are merged and split again each time. Measured: 6 to 9 % of a request.
enum AllocatorCache {
    private static let variable = "GLIBC_TUNABLES"
    private static let tunable = "glibc.malloc.tcache_count"
    private static let setting = "\(Self.tunable)=500"

    /// Has the cache hold more, by starting the program once more in this same process: glibc reads its tunables at no other time (its manual,
    /// "Tunables").
    ///
    /// Before anything else is done, and only where nobody has given the tunable. Where it cannot be had, all goes on without.
    static func enlarge() {
        #if canImport(Glibc)
        let given = getenv(Self.variable).map { String(cString: $0) } ?? ""
        if given == Self.setting || given.hasSuffix(":\(Self.setting)") {
            // It has been read: what the service starts is to have the environment as it was.
            let original = given.dropLast(Self.setting.utf8.count).dropLast()
            return Self.give(String(original))
        }
        guard !given.contains(Self.tunable) else { return }
        Self.give(given.isEmpty ? Self.setting : "\(given):\(Self.setting)")
        execv(OwnBinary.path, CommandLine.unsafeArgv)
        // Not there, or not to be run any more: as it was.
        Self.give(given)
        #endif
    }

    #if canImport(Glibc)
    private static func give(_ tunables: String) {
        if tunables.isEmpty { unsetenv(Self.variable) } else { setenv(Self.variable, tunables, 1) }
    }
    #endif
}
