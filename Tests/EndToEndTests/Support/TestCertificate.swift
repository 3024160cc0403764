import Foundation
import NIOSSL

/// A certificate of this machine that signs itself, and its key, as PEM.
struct TestCertificate: Sendable {
    /// Both files of the certificate.
    let certificate: String
    let key: String

    /// Makes one with the program `openssl`.
    static func make() async throws -> TestCertificate {
        let directory = try TemporaryDirectory()
        defer { directory.remove() }
        let files = (certificate: "\(directory.path)/certificate.pem", key: "\(directory.path)/key.pem")
        let status = try await Self.openSSL([
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
            "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
            "-out", files.certificate, "-keyout", files.key,
        ])
        guard status == 0 else { throw OpenSSLFailed(status: status) }
        return TestCertificate(
            certificate: try String(contentsOfFile: files.certificate, encoding: .utf8),
            key: try String(contentsOfFile: files.key, encoding: .utf8)
        )
    }

    /// What a client needs that trusts this certificate and no other.
    func clientContext() throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(self.certificate.utf8)))
        return try NIOSSLContext(configuration: configuration)
    }

    /// What a server needs that proves by it who it is.
    func serverContext() throws -> NIOSSLContext {
        let chain = try NIOSSLCertificate.fromPEMBytes(Array(self.certificate.utf8)).map {
            NIOSSLCertificateSource.certificate($0)
        }
        let key = try NIOSSLPrivateKey(bytes: Array(self.key.utf8), format: .pem)
        return try NIOSSLContext(
            configuration: .makeServerConfiguration(certificateChain: chain, privateKey: .privateKey(key))
        )
    }

    private static func openSSL(_ arguments: [String]) async throws -> Int32 {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["openssl"] + arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        let status = Watched<Int32?>(nil)
        process.terminationHandler = { ended in status.change { $0 = ended.terminationStatus } }
        try process.run()
        return try await status.wait(for: "end of openssl") { $0 != nil } ?? -1
    }
}

/// The program `openssl` is missing, or did not do what it was told.
struct OpenSSLFailed: Error {
    let status: Int32
}
