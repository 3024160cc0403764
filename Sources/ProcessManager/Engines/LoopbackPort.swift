import SystemPackage

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Finds ports on 127.0.0.1 for the engines that the service starts.
public enum LoopbackPort {
    /// Below the ports that systems give to outgoing connections (from 32768 on Linux, 49152 on macOS): a connection
    /// attempt to such a port while nobody listens there may meet itself, and would keep the engine from its own port.
    private static let quietPorts = 20_000..<30_000

    /// A port on which nobody listens now.
    ///
    /// - Throws: the system's error if there is none.
    public static func findFree() throws -> Int {
        for _ in 0..<64 {
            let port = Int.random(in: self.quietPorts)
            if let found = try? self.bind(port) { return found }
        }
        return try self.bind(0)
    }

    /// Binds a port for a moment.
    ///
    /// - Parameter port: 0 takes any.
    /// - Returns: the port.
    /// - Throws: the system's error if it is taken.
    static func bind(_ port: Int) throws(Errno) -> Int {
        #if canImport(Glibc)
        let type = Int32(SOCK_STREAM.rawValue)
        #else
        let type = SOCK_STREAM
        #endif
        let socket = socket(AF_INET, type, 0)
        guard socket >= 0 else { throw Errno(rawValue: errno) }
        defer { close(socket) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(truncatingIfNeeded: port).bigEndian)
        address.sin_addr = in_addr(s_addr: UInt32(0x7f00_0001).bigEndian)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                self.bindAndName(socket, pointer, &length)
            }
        }
        guard result == 0 else { throw Errno(rawValue: errno) }
        return Int(UInt16(bigEndian: address.sin_port))
    }

    private static func bindAndName(
        _ socket: Int32,
        _ address: UnsafeMutablePointer<sockaddr>,
        _ length: inout socklen_t
    ) -> Int32 {
        #if canImport(Darwin)
        let result = Darwin.bind(socket, address, length)
        #elseif canImport(Glibc)
        let result = Glibc.bind(socket, address, length)
        #elseif canImport(Musl)
        let result = Musl.bind(socket, address, length)
        #endif
        return result == 0 ? getsockname(socket, address, &length) : result
    }
}
