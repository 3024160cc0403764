@testable import OllamaTestDouble

/// The state in which a recording was made.
struct Stage: Sendable {
    typealias Configure = @Sendable (inout OllamaTestDouble.Configuration) -> Void
    typealias Prepare = @Sendable (OllamaTestDouble) async throws -> Void

    var configure: Configure = { _ in }
    var prepare: Prepare = { _ in }

    /// The stage of a recording: what was on the disk by its number, the rest by the table.
    static func of(_ recording: Recording) -> Stage {
        var stage = table[recording.number] ?? Stage()
        let inner = stage.configure
        stage.configure = { configuration in
            configuration.models = models(upTo: Int(recording.number) ?? 0)
            inner(&configuration)
        }
        return stage
    }

    private static func models(upTo number: Int) -> [ModelDescription] {
        let text = [ModelDescription.smollm2, .smollm2Tools, .smollm2Think]
        if number < 500 { return text }
        return text + [.allMiniLM, .gemma3] + (number < 800 ? [] : [.smollm2Vision])
    }

    private static let networkDown = { @Sendable (name: String) in
        configured {
            let url = "https://registry.ollama.ai/v2/library/\(name)/manifests/latest"
            $0.pullFailure =
                "pull model manifest: Get \"\(url)\": proxyconnect tcp: dial tcp 127.0.0.1:9: connect: connection refused"
        }
    }
    private static let queueFull = faultyLoading(.queueFull)
    private static let truncatedFile = faultyLoading(
        .failLoad(
            status: 500,
            message: "tensor \"token_embd.weight\" offset+size (184785600) exceeds file size (100000000)"
        )
    )
    private static let missingFile = configured { configuration in
        configuration.models = configuration.models.map { model in model.with { $0.isBlobMissing = true } }
    }
    private static let registryName = "127.0.0.1:5055/library/minilm"
    private static let registry = configured { $0.pullable = [registryName] }
    private static let notGGUF = Stage(prepare: { double in
        let digest = "0a49c44bb751ebf82f9069f4bb488b64c56add03ab827bb323c85ec6914438a3"
        try await post(double, "/api/blobs/sha256:\(digest)", "this is not a gguf")
    })
    private static let knownBlob = configured {
        $0.blobs = ["sha256:b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"]
    }

    private static let table: [String: Stage] = [
        "126": generated(#"{"model":"smollm2","prompt":"hi","stream":false}"#),
        "213": speaking { $0.callsTools = true },
        "233": generated(#"{"model":"smollm2","prompt":"hi","stream":false,"options":{"num_ctx":1024}}"#),
        "235": generated(#"{"model":"smollm2","prompt":"hi","stream":false,"keep_alive":-1}"#),
        "402": having("smollm2-copy"),
        "406": networkDown("nope-nope"),
        "409": networkDown("all-minilm"),
        "410": networkDown("all-minilm"),
        "415": knownBlob,
        "427": having("mario", "mario2"),
        "434": having("mario"),
        "435": having("mario2"),
        "516": generated(#"{"model":"smollm2","prompt":"hi","stream":false}"#),
        "519": generated(#"{"model":"gemma3-270m","prompt":"hi","stream":false}"#),
        "610": faulty(.killRunner(afterTokens: 4)),
        "612": faulty(.killRunner(afterTokens: 4)),
        "613": faulty(.killRunner(afterTokens: 4)),
        "614": Stage(prepare: { double in
            double.setProfile(GenerationProfile(tokenPace: .milliseconds(10), tokenCount: 2000))
            Task {
                try await double.waitUntil { $0.tokensSent > 4 }
                await double.stop()
            }
        }),
        "615": faulty(.killRunner(afterTokens: 0)),
        "708": generated(#"{"model":"smollm2","prompt":"hi","stream":false}"#),
        "710": truncatedFile, "711": truncatedFile, "712": truncatedFile,
        "713": missingFile, "714": missingFile,
        "716": notGGUF, "717": notGGUF,
        "718": knownBlob,
        "720": having("from-files"),
        "724": queueFull, "725": queueFull, "726": queueFull, "727": queueFull, "728": queueFull, "729": queueFull,
        "731": registry,
        "732": having(registryName, pullable: true),
        "733": having(registryName, pullable: true),
        "736": registry,
        "737": having(registryName),
        "738": Stage(configure: { $0.models.append(.allMiniLM.with { $0.name = registryName + ":latest" }) }),
        "809": generated(#"{"model":"smollm2-vision","prompt":"hi","stream":false}"#),
        "901": speaking { $0.tokenCount = 500 },
        "902": speaking {
            $0.tokenCount = 500
            $0.bytesPerToken = 2
        },
        "904": speaking { $0.tokenCount = 100 },
        "920": generated(#"{"model":"smollm2","prompt":"hi","stream":false}"#),
    ]

    private static func configured(_ configure: @escaping Configure) -> Stage { Stage(configure: configure) }

    private static func having(_ names: String..., pullable: Bool = false) -> Stage {
        configured { configuration in
            configuration.models += names.map { ModelDescription($0) }
            if pullable { configuration.pullable = names }
        }
    }

    private static func speaking(_ change: @escaping @Sendable (inout GenerationProfile) -> Void) -> Stage {
        configured { change(&$0.profile) }
    }

    private static func faulty(_ fault: Fault) -> Stage {
        Stage(
            configure: { $0.profile.tokenCount = 50 },
            prepare: { $0.set(fault) }
        )
    }

    /// A fault of loading, whoever asks for it: a caller, or the service before it lets a caller through.
    private static func faultyLoading(_ fault: Fault) -> Stage {
        Stage(prepare: { double in
            double.set(fault)
            double.set(fault, on: .loads)
        })
    }

    private static func generated(_ body: String) -> Stage {
        Stage(prepare: { try await post($0, "/api/generate", body) })
    }

    private static func post(_ double: OllamaTestDouble, _ path: String, _ body: String) async throws {
        _ = try await RawConnection.exchange(port: double.port, RawConnection.request(path, body))
    }
}
