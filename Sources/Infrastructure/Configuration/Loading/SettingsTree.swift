import Domain

/// The settings as one tree, before they are checked, and where each of them comes from.
struct SettingsTree {
    /// The root object.
    private(set) var root = JSONObject()
    private var origins: [String: ConfigurationProblem.Origin] = [:]

    /// Replaces everything by the settings of a file.
    mutating func replace(by root: JSONObject, origins: [String: ConfigurationProblem.Origin]) {
        self.root = root
        self.origins = origins
    }

    /// Sets one value over what is there; objects and lists on the way are made.
    ///
    /// - Parameters:
    ///   - path: names, and in a list decimal indices.
    ///   - value: the value.
    ///   - origin: who sets it.
    /// - Returns: false if a list on the way has fewer elements than the path says.
    mutating func set(_ path: [String], to value: JSONValue, from origin: ConfigurationProblem.Origin) -> Bool {
        guard let changed = SettingsTree.set(path[...], in: .object(self.root), to: value),
            case .object(let root) = changed
        else { return false }
        self.root = root
        self.origins[SettingsTree.pointer(path)] = origin
        return true
    }

    /// Forgets a section or list, to have it set anew.
    mutating func remove(_ key: String) {
        self.root[key] = nil
        let pointer = SettingsTree.pointer([key])
        self.origins = self.origins.filter { $0.key != pointer && !$0.key.hasPrefix("\(pointer)/") }
    }

    /// Where the value at a pointer comes from, or that which is around it.
    func origin(of pointer: String) -> ConfigurationProblem.Origin? {
        var place = pointer[...]
        while true {
            if let origin = self.origins[String(place)] { return origin }
            guard let slash = place.lastIndex(of: "/") else { return nil }
            place = place[..<slash]
        }
    }

    /// The JSON pointer of a path.
    static func pointer(_ path: [String]) -> String {
        path.map { "/" + $0.replacing("~", with: "~0").replacing("/", with: "~1") }.joined()
    }

    /// The dotted form of a JSON pointer.
    static func dotted(_ pointer: String) -> String {
        pointer.split(separator: "/").map { $0.replacing("~1", with: "/").replacing("~0", with: "~") }
            .joined(separator: ".")
    }

    /// The value with a part of it replaced; nil if an index is beyond the end of its list.
    ///
    /// A value of the wrong type on the way stays as it is: it is refused when it is read.
    private static func set(_ path: ArraySlice<String>, in current: JSONValue?, to value: JSONValue) -> JSONValue? {
        guard let step = path.first else { return value }
        let rest = path.dropFirst()
        switch (current ?? .null, Int(step)) {
        case (.array(var elements), let index?):
            guard elements.indices.contains(index) || index == elements.count else { return nil }
            let element = elements.indices.contains(index) ? elements[index] : nil
            guard let changed = SettingsTree.set(rest, in: element, to: value) else { return nil }
            if element == nil { elements.append(changed) } else { elements[index] = changed }
            return .array(elements)
        case (.null, _?): return SettingsTree.set(path, in: .array([]), to: value)
        case (.null, nil): return SettingsTree.set(path, in: .object(JSONObject()), to: value)
        case (.object(var object), nil):
            guard let changed = SettingsTree.set(rest, in: object[step], to: value) else { return nil }
            object[step] = changed
            return .object(object)
        default: return current
        }
    }
}
