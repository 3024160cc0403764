/// One thing that is wrong with the input file of a batch.
public struct BatchProblem: Sendable, Hashable {
    /// A stable word for the kind.
    public enum Code: String, Sendable, Hashable, CaseIterable {
        /// The line is not JSON, or no object.
        case invalidJSONLine = "invalid_json_line"
        /// The line is not UTF-8.
        case invalidEncoding = "invalid_encoding"
        /// There is nothing on the line.
        case blankLine = "blank_line"
        /// The line is longer than a request may be.
        case lineTooLong = "line_too_long"
        /// A field is missing.
        case missingField = "missing_required_parameter"
        /// A field has a value that it cannot have.
        case invalidValue = "invalid_value"
        /// The method is not POST.
        case invalidMethod = "invalid_method"
        /// The URL is not the endpoint of the batch.
        case invalidURL = "invalid_url"
        /// Another line has the same `custom_id`.
        case duplicateCustomID = "duplicate_custom_id"
        /// The file has no line.
        case emptyFile = "empty_file"
        /// The file has more lines than a batch may have.
        case tooManyLines = "too_many_tasks"
        /// The content of the file is gone or cannot be read.
        case unreadableFile = "unreadable_file"
    }

    /// The kind.
    public let code: Code
    /// What is wrong and what to do.
    public let message: String
    /// The field at fault, if one is.
    public let param: String?
    /// The line, counted from 1, if it is one line's fault.
    public let line: Int?

    /// Describes a problem.
    public init(_ code: Code, _ message: String, param: String? = nil, line: Int? = nil) {
        self.code = code
        self.message = message
        self.param = param
        self.line = line
    }
}
