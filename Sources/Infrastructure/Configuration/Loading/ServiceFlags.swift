import Domain

/// The flags of the command line that are settings.
///
/// They are stronger than everything else.
public struct ServiceFlags: Sendable, Equatable {
    /// `--config`: the file to read.
    public var config: String?
    /// `--host`: `server.host`.
    public var host: String?
    /// `--port`: `server.port`.
    public var port: Int?
    /// `--engine-url`: one engine `local` in place of the list.
    public var engineURL: String?
    /// `--engine-kind`: what the engine of `--engine-url` speaks.
    public var engineKind: String?
    /// `--manage`: `process_manager.mode`.
    public var manage: String?
    /// `--data-dir`: `data_dir`.
    public var dataDirectory: String?

    /// No flags.
    public init() {}

    /// Puts the flags into the tree.
    ///
    /// - Returns: what is wrong with the flags together; each by itself is checked when it is read.
    func apply(to tree: inout SettingsTree) -> [ConfigurationProblem] {
        self.set(["server", "host"], self.host, "--host", in: &tree)
        if let port { _ = tree.set(["server", "port"], to: .number(JSONNumber(port)), from: .flag("--port")) }
        self.set(["process_manager", "mode"], self.manage, "--manage", in: &tree)
        self.set(["data_dir"], self.dataDirectory, "--data-dir", in: &tree)
        guard let engineURL else {
            guard self.engineKind != nil else { return [] }
            let detail = "The flag says what the engine of --engine-url speaks; that flag is missing."
            return [.init(key: "", origin: .flag("--engine-kind"), detail: detail)]
        }
        tree.remove("engines")
        self.set(["engines", "0", "url"], engineURL, "--engine-url", in: &tree)
        self.set(["engines", "0", "kind"], self.engineKind, "--engine-kind", in: &tree)
        return []
    }

    private func set(_ path: [String], _ text: String?, _ flag: String, in tree: inout SettingsTree) {
        guard let text else { return }
        _ = tree.set(path, to: .string(text), from: .flag(flag))
    }
}
