import Application
import Domain

extension ServiceConfiguration.Tracing {
    mutating func read(_ reader: SettingsReader, secrets: SecretSource) {
        reader.read("endpoint", into: &self.endpoint)
        if let endpoint { self.endpoint = Self.checked(endpoint, reader.fields) }
        let file = reader.secretFile("headers_file")
        if let text = secrets.secret(at: "headers_file", path: file, reader.fields) {
            self.headers = Self.headers(in: text.revealed, reader.fields)
        }
        reader.read("ca_file", into: &self.caFile)
        if let caFile { secrets.check(caFile, at: "ca_file", reader.fields) }
        reader.read("sample_ratio", into: &self.sampleRatio, in: 0...1)
        reader.read("max_queued_spans", into: &self.maxQueuedSpans, in: 64...1_000_000)
        reader.read("batch_spans", into: &self.batchSpans, in: 1...8192)
        reader.read("interval_seconds", into: &self.interval, in: 0.1...300)
        reader.read("timeout_seconds", into: &self.timeout, in: 0.1...60)
        reader.read("retries", into: &self.retries, in: 0...100)
        reader.read("service_name", into: &self.serviceName)
        reader.read("content", into: &self.content)
        reader.read("content_bytes", into: &self.contentBytes, in: 256...65_536)
    }

    /// The URL without a slash at its end; nil, with a fault, if it is none.
    private static func checked(_ url: String, _ fields: FieldReader) -> String? {
        // First of all, so that no text below can repeat a password.
        guard !url.contains("@") else {
            fields.fault("endpoint", "A collector's URL must not hold a user or a password; use headers_file.")
            return nil
        }
        guard !url.contains("?"), !url.contains("#"), !url.contains(where: \.isWhitespace),
            let address = try? EngineAddress(url: url)
        else {
            fields.fault(
                "endpoint",
                "The base URL of a collector is expected, such as http://127.0.0.1:4318; /v1/traces is put behind it."
            )
            return nil
        }
        return address.url
    }

    /// The headers of a text in the form of `OTEL_EXPORTER_OTLP_HEADERS`: `name=value,name=value`, percent-encoded.
    ///
    /// What is wrong is noted as a fault that repeats nothing of it.
    private static func headers(in text: String, _ fields: FieldReader) -> [Header] {
        var headers: [Header] = []
        for part in text.split(separator: ",") {
            guard let equals = part.firstIndex(of: "="),
                let value = PercentText.decoded(part[part.index(after: equals)...]),
                Self.isName(part[..<equals]), value.utf8.allSatisfy({ (0x20...0x7E).contains($0) })
            else {
                fields.fault(
                    "headers_file",
                    "Headers are expected as name=value,name=value with percent-encoded values, such as "
                        + "Authorization=Bearer%20KEY."
                )
                return []
            }
            headers.append(Header(name: String(part[..<equals]), value: Secret(value)))
        }
        return headers
    }

    /// Whether a text may be the name of a header (RFC 9110, section 5.1), and of none that is ours.
    private static func isName(_ name: Substring) -> Bool {
        let ours = ["content-type", "content-length", "transfer-encoding", "host", "connection"]
        return !name.isEmpty && !ours.contains(name.lowercased())
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
                }
            }
    }
}

/// Text in which bytes are written as `%` and two hexadecimal digits (RFC 3986, section 2.1).
enum PercentText {
    /// The text itself; nil if an escape is broken or the bytes are not UTF-8.
    static func decoded(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            let digits = rest.prefix(2)
            guard digits.count == 2, digits.allSatisfy({ Character(UnicodeScalar($0)).isHexDigit }),
                let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
            else { return nil }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}

extension EngineAddress {
    /// The URL again, with its port and without a slash at its end.
    fileprivate var url: String { "\(self.isSecure ? "https" : "http")://\(self.hostHeader)\(self.basePath)" }
}
