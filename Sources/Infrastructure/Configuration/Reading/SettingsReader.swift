import Application
import Domain

/// Reads one section of the settings into values that hold their defaults.
///
/// A reader with a ``KeyList`` notes every key that it is asked for. So the code that reads the settings is also the
/// one list of the keys that exist: the environment is matched against it.
struct SettingsReader {
    /// The section, with the faults of all sections.
    let fields: FieldReader
    let path: [String]
    let keys: KeyList?

    /// Starts at the root.
    init(_ object: JSONObject, faults: FaultList, keys: KeyList? = nil) {
        self.init(fields: FieldReader(object, faults: faults), path: [], keys: keys)
    }

    private init(fields: FieldReader, path: [String], keys: KeyList?) {
        self.fields = fields
        self.path = path
        self.keys = keys
    }

    // MARK: Sections

    /// A section.
    ///
    /// What is not in it keeps its default.
    func section(_ key: String, _ body: (SettingsReader) -> Void) {
        let path = self.path + [key]
        guard self.keys == nil else {
            return body(SettingsReader(fields: self.unasked, path: path, keys: self.keys))
        }
        self.fields.object(key) { (fields: FieldReader) -> Void? in
            body(SettingsReader(fields: fields, path: path, keys: nil))
            fields.refuseUnknownFields()
            return ()
        }
    }

    /// A list of sections, or nil if it is absent.
    ///
    /// Sections for which the body returns nil are left out: it noted why.
    func list<Element>(_ key: String, _ body: (SettingsReader) -> Element?) -> [Element]? {
        let path = self.path + [key, KeyList.index]
        guard self.keys == nil else {
            _ = body(SettingsReader(fields: self.unasked, path: path, keys: self.keys))
            return nil
        }
        return self.fields.objects(key) { fields in
            let element = body(SettingsReader(fields: fields, path: path, keys: nil))
            fields.refuseUnknownFields()
            return element
        }
    }

    // MARK: Values

    /// A whole number.
    func read(_ key: String, into value: inout Int, in range: ClosedRange<Int>) {
        self.note(key, .number, String(value))
        if let integer = self.fields.integer(key, in: range) { value = integer }
    }

    /// A whole number, or `auto` for nil.
    func read(_ key: String, into value: inout Int?, in range: ClosedRange<Int>) {
        self.note(key, .number, value.map(String.init) ?? "auto")
        guard let given = self.fields.value(key), given != .string("auto") else { return }
        guard case .number = given else {
            return self.fields.fault(key, "'auto' or a whole number is expected, not \(given.kind).")
        }
        value = self.fields.integer(key, in: range)
    }

    /// A time in seconds; fractions are allowed.
    func read(_ key: String, into value: inout Duration, in range: ClosedRange<Double> = SettingsReader.times) {
        self.note(key, .number, Int(exactly: value.inSeconds).map(String.init) ?? String(value.inSeconds))
        if let seconds = self.fields.number(key, in: range) { value = .seconds(seconds) }
    }

    /// A boolean.
    func read(_ key: String, into value: inout Bool) {
        self.note(key, .boolean, String(value))
        if let bool = self.fields.bool(key) { value = bool }
    }

    /// A text that is not empty.
    func read(_ key: String, into value: inout String) {
        self.note(key, .text, value)
        if let text = self.text(key) { value = text }
    }

    /// A text that is not empty, or nothing.
    func read(_ key: String, into value: inout String?) {
        self.note(key, .text, value ?? "null")
        if let text = self.text(key) { value = text }
    }

    /// One of a few words.
    func read<Choice: RawRepresentable & CaseIterable>(_ key: String, into value: inout Choice)
    where Choice.RawValue == String {
        self.note(key, .text, value.rawValue)
        if let choice = self.fields.choice(key, as: Choice.self) { value = choice }
    }

    /// The name of a model, or nothing.
    func read(_ key: String, into value: inout ModelName?) {
        self.note(key, .text, value?.spelling ?? "null")
        guard let text = self.text(key) else { return }
        do {
            value = try ModelName(text)
        } catch {
            self.fields.faults.add(self.fields.pointer(to: key), error)
        }
    }

    /// The path of a file with a secret.
    ///
    /// Its text may also come in the environment, under the key without `_file`.
    func secretFile(_ key: String) -> String? {
        self.note(key, .secretFile, "null")
        return self.text(key)
    }

    /// What times are allowed unless a key says otherwise: a millisecond to a year.
    static var times: ClosedRange<Double> { 0.001...31_536_000 }

    // MARK: Parts

    private var unasked: FieldReader { FieldReader(JSONObject(), faults: FaultList()) }

    func text(_ key: String) -> String? {
        guard let text = self.fields.string(key) else { return nil }
        guard !text.isEmpty else {
            self.fields.fault(key, "The text is empty.")
            return nil
        }
        return text
    }

    func note(_ key: String, _ kind: SettingKey.Kind, _ standard: String) {
        self.keys?.add(SettingKey(path: self.path + [key], kind: kind, standard: standard))
    }
}
