/// What bounds the work that a schema can make, whoever wrote it.
enum SchemaLimits {
    /// The most subschemas that a schema may consist of.
    static let subschemas = 10_000
    /// How many subschemas may apply inside one another while a value is checked.
    static let depth = 512
    /// How many applications of subschemas, members and elements one check may take.
    static let steps = 1_000_000
    /// How many states the patterns may pass through in one check.
    static let patternSteps = 5_000_000
    /// The longest pattern, in bytes.
    static let patternBytes = 4096
    /// How many instructions a pattern may become; `{n,m}` repeats what stands before it.
    static let patternInstructions = 10_000
    /// How deep groups may be nested in a pattern.
    static let patternDepth = 32
}
