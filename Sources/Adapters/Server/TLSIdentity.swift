import NIOSSL
import Synchronization

/// The certificate and the key by which the service proves who it is; new connections use what was read last.
public final class TLSIdentity: Sendable {
    private let current: Mutex<NIOSSLContext>

    /// Reads the files.
    ///
    /// - Throws: an error whose text is for operators.
    public init(certificate: String, key: String) throws {
        self.current = Mutex(try TLSIdentity.read(certificate: certificate, key: key))
    }

    /// Reads the files anew; connections that are open keep what they have.
    ///
    /// - Throws: as ``init(certificate:key:)``; then nothing has changed.
    public func reload(certificate: String, key: String) throws {
        let context = try TLSIdentity.read(certificate: certificate, key: key)
        self.current.withLock { $0 = context }
    }

    /// What a new connection uses.
    var context: NIOSSLContext { self.current.withLock { $0 } }

    private static func read(certificate: String, key: String) throws -> NIOSSLContext {
        guard let chain = try? NIOSSLCertificate.fromPEMFile(certificate), !chain.isEmpty else {
            throw TLSError(description: "\(certificate) has no certificate in PEM form")
        }
        guard let privateKey = try? NIOSSLPrivateKey(file: key, format: .pem) else {
            throw TLSError(description: "\(key) has no private key in PEM form, or one with a passphrase")
        }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) },
            privateKey: .privateKey(privateKey)
        )
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["http/1.1"]
        do {
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw TLSError(description: "\(key) is not the key of the certificate in \(certificate)")
        }
    }
}

/// Why a certificate cannot be used.
struct TLSError: Error, CustomStringConvertible {
    let description: String
}
