#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Where our own binary is: it is also the guard of the engines that we start.
enum OwnBinary {
    static var path: String {
        #if os(Linux)
        // A link that the kernel keeps; the name under which we were called may be relative, or gone.
        if let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") { return target }
        #endif
        return ProcessInfo.processInfo.arguments[0]
    }
}
