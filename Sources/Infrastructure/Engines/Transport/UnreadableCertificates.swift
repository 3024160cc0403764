/// The certificates by which an engine behind https is believed cannot be read.
public struct UnreadableCertificates: Error, CustomStringConvertible {
    /// The engine's host.
    let host: String
    /// The file that the configuration names; nil is the system's own.
    let file: String?

    /// What is wrong, and what to do.
    public var description: String {
        let source =
            self.file.map { "the file '\($0)' (engines.N.ca_file)" } ?? "this machine (package ca-certificates)"
        return "the engine at \(self.host) is behind https, and \(source) has no certificates of authorities"
    }
}
