import Domain

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The file system, as far as the configuration needs it.
public enum ConfigurationFile {
    /// Reads a text file whole.
    ///
    /// Gives nil if there is none, and throws a ``ReadError`` if it cannot be read.
    public typealias Reading = @Sendable (_ path: String) throws(ReadError) -> String?

    /// Why a file could not be read.
    public struct ReadError: Error, Sendable, Equatable, CustomStringConvertible {
        /// The reason, as the end of a sentence.
        public let description: String

        /// Creates an error.
        public init(_ description: String) {
            self.description = description
        }
    }

    /// The longest file that is read, in bytes.
    static let maximumBytes = 1_048_576

    /// Where the file is looked for if nobody names one; neither has to exist.
    static let usualPaths = ["config/service.yaml", "/etc/shared-ollama/service.yaml"]

    /// Reads from the file system.
    @Sendable
    public static func read(_ path: String) throws(ReadError) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw ReadError(String(cString: strerror(errno)))
        }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while bytes.count <= ConfigurationFile.maximumBytes {
            let count = chunk.withUnsafeMutableBytes { systemRead(descriptor, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                throw ReadError(String(cString: strerror(errno)))
            }
            if count == 0 { break }
            bytes.append(contentsOf: chunk[..<count])
        }
        guard bytes.count <= ConfigurationFile.maximumBytes else { throw ReadError("it is larger than 1 MiB") }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw ReadError("it is not UTF-8") }
        return text
    }
}

/// `read(2)`, under a name that the function above does not hide.
private func systemRead(_ descriptor: Int32, _ buffer: UnsafeMutableRawPointer?, _ count: Int) -> Int {
    read(descriptor, buffer, count)
}
