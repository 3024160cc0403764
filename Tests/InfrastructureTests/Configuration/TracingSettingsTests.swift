import Testing

@testable import Infrastructure

@Suite("The settings of tracing")
struct TracingSettingsTests {
    @Test("A collector's URL is taken as a base, with or without a slash at its end")
    func endpoints() throws {
        for (given, endpoint) in [
            ("http://127.0.0.1:4318", "http://127.0.0.1:4318"), ("https://collector/", "https://collector:443"),
            ("https://c:9/otlp/", "https://c:9/otlp"), ("http://[::1]:4318", "http://[::1]:4318"),
        ] {
            let tracing = try loadConfiguration(environment: ["SHARED_OLLAMA_TRACING_ENDPOINT": given]).configuration
                .tracing
            #expect(tracing.endpoint == endpoint)
        }
        #expect(try loadConfiguration().configuration.tracing.endpoint == nil)
    }

    @Test(
        "What is no base URL is refused, and a password in it is not repeated",
        arguments: [
            "collector:4318", "ftp://c", "http://", "http://c?x=1", "http://c#x", "http://c d",
            "http://me:hunter2@c", "grpc://c:4317",
        ]
    )
    func badEndpoints(_ endpoint: String) {
        let found = configurationProblems(environment: ["SHARED_OLLAMA_TRACING_ENDPOINT": endpoint])
        #expect(found.count == 1 && found.first?.hasPrefix("tracing.endpoint") == true, "\(found)")
        #expect(!found.joined().contains("hunter2"))
    }

    @Test("Headers come from a file or the environment, percent-encoded, and their values are not printed")
    func headers() throws {
        let files = ["h": "Authorization=Bearer%20hunter2,x-tenant=a%3Db,x-empty=\n"]
        let tracing = try loadConfiguration(yaml: "tracing: { headers_file: h }", files: files).configuration.tracing
        #expect(tracing.headers.map(\.name) == ["Authorization", "x-tenant", "x-empty"])
        #expect(tracing.headers.map(\.value.revealed) == ["Bearer hunter2", "a=b", ""])
        #expect(!"\(tracing)".contains("hunter2"))
        let own = try loadConfiguration(environment: ["SHARED_OLLAMA_TRACING_HEADERS": "x-key=hunter2"]).configuration
        #expect(own.tracing.headers == [.init(name: "x-key", value: Secret("hunter2"))])
    }

    @Test(
        "Headers that are none are refused without being repeated",
        arguments: [
            "hunter2", "=hunter2", "a b=hunter2", "x=hunter2%", "x=hunter2%4", "x=hunter2%zz", "x=hunter2%0D%0Ay:z",
            "x=hunter2%FF", "content-length=hunter2", "Content-Type=hunter2", "x:y=hunter2",
        ]
    )
    func badHeaders(_ text: String) {
        let found = configurationProblems(environment: ["SHARED_OLLAMA_TRACING_HEADERS": text])
        #expect(found.count == 1 && found.first?.hasPrefix("tracing.headers_file") == true, "\(found)")
        #expect(!found.joined().contains("hunter2"))
    }

    @Test("A file of certificates must be there")
    func certificates() throws {
        let named = ["SHARED_OLLAMA_TRACING_CA_FILE": "ca"]
        #expect(configurationProblems(environment: named).first?.hasPrefix("tracing.ca_file") == true)
        let tracing = try loadConfiguration(environment: named, files: ["ca": "PEM"]).configuration.tracing
        #expect(tracing.caFile == "ca")
    }

    @Test(
        "Every value has its range",
        arguments: [
            ("SAMPLE_RATIO", ["-0.1", "1.1"]), ("MAX_QUEUED_SPANS", ["63", "1000001"]), ("BATCH_SPANS", ["0", "8193"]),
            ("INTERVAL_SECONDS", ["0.05", "301"]), ("TIMEOUT_SECONDS", ["0", "61"]), ("RETRIES", ["-1", "101"]),
        ]
    )
    func ranges(_ key: String, _ values: [String]) {
        for value in values {
            #expect(configurationProblems(environment: ["SHARED_OLLAMA_TRACING_\(key)": value]).count == 1, "\(value)")
        }
    }
}
