import Domain

/// Where the texts of secrets come from: the environment, else the files that the settings name.
struct SecretSource {
    /// The secrets of the environment, by the JSON pointer of the key that would name their file.
    var given: [String: Secret] = [:]
    /// Reads a file; nil if there is none.
    var readFile: ConfigurationFile.Reading = { _ in nil }

    /// The secret of a key, if one is given.
    ///
    /// A file that cannot be read is noted as a fault.
    func secret(at key: String, path: String?, _ fields: FieldReader) -> Secret? {
        if let given = self.given[fields.pointer(to: key)] { return given }
        guard let path, let text = self.contents(of: path, at: key, fields) else { return nil }
        let secret = String(text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
        guard !secret.isEmpty, !secret.contains(where: \.isWhitespace) else {
            fields.fault(key, "The file '\(path)' must hold one secret and nothing else.")
            return nil
        }
        return Secret(secret)
    }

    /// Notes a fault if a file cannot be read.
    func check(_ path: String, at key: String, _ fields: FieldReader) {
        _ = self.contents(of: path, at: key, fields)
    }

    private func contents(of path: String, at key: String, _ fields: FieldReader) -> String? {
        do {
            if let text = try self.readFile(path) { return text }
            fields.fault(key, "There is no file '\(path)'.")
        } catch {
            fields.fault(key, "The file '\(path)' cannot be read: \(error).")
        }
        return nil
    }
}
