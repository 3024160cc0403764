import Foundation
import SharedOllamaClient
import Testing

extension EndToEnd {
    @Suite("The Swift client and HTTPS", .light)
    struct SwiftClientTLS {
        @Test("trusts the certificates that it is told to trust, and no others")
        func trust() async throws {
            let pair = try await TestCertificate.make()
            let directory = try TemporaryDirectory()
            defer { directory.remove() }
            let (certificate, key) = ("\(directory.path)/certificate.pem", "\(directory.path)/key.pem")
            try pair.certificate.write(toFile: certificate, atomically: true, encoding: .utf8)
            try pair.key.write(toFile: key, atomically: true, encoding: .utf8)
            let settings = ["SERVER_TLS_CERTIFICATE": certificate, "SERVER_TLS_KEY": key]
            try await Stage.ollama(settings: settings) { service, _ in
                let configuration = ClientConfiguration.service("https://localhost:\(service.port)")
                try await SharedOllamaClient.withClient(configuration.with { $0.trustedCertificates = certificate }) {
                    client in
                    let stream = client.chatStream(ChatRequest(model: "smollm2", "Hi"))
                    let answer = try await SwiftClientStage.last(stream)
                    #expect(!answer.text.isEmpty)
                }
                for file in [nil, "\(directory.path)/none.pem"] {
                    try await SharedOllamaClient.withClient(configuration.with { $0.trustedCertificates = file }) {
                        client in
                        let error = await SwiftClientStage.failure { _ = try await client.models() }
                        #expect(error?.code == .tlsFailed, "\(error as Any)")
                    }
                }
            }
        }
    }
}
