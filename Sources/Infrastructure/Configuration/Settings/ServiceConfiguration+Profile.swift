public import Application

extension ServiceConfiguration {
    /// Which profile of models and settings this machine gets.
    public struct Profile: Sendable, Equatable {
        /// The profile to use, whatever the machine has (default: none; it goes by the machine).
        public var name: String?
        /// The memory to go by instead of the machine's, in GB, 0.5 to 100,000 (default: none).
        public var ramGB: Double?
        /// The file with the profiles (default: none; the first of ``usualFiles`` that there is).
        public var file: String?

        /// The defaults.
        public init() {}

        /// Where the file is looked for if nobody names one; none has to be there.
        public static let usualFiles = ["config/model-profiles.yaml", "/etc/shared-ollama/model-profiles.yaml"]

        /// What decides which profile is chosen.
        public var wish: ProfileChoice.Wish { ProfileChoice.Wish(name: self.name, ramGB: self.ramGB) }
    }
}
