/// The certificates by which a server behind https is believed cannot be read.
public struct UnreadableCertificates: Error, CustomStringConvertible {
    /// What the server is to the service.
    var role = "engine"
    /// The server's host.
    let host: String
    /// The file that the configuration names; nil is the system's own.
    let file: String?
    /// The key that names the file.
    var key = "engines.N.ca_file"

    /// What is wrong, and what to do.
    public var description: String {
        let source =
            self.file.map { "the file '\($0)' (\(self.key))" } ?? "this machine (package ca-certificates)"
        return "the \(self.role) at \(self.host) is behind https, and \(source) has no certificates of authorities"
    }
}
