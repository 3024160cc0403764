public import Domain

/// Which profile was chosen for a machine, and why.
public struct ProfileChoice: Sendable, Hashable {
    /// How it came about.
    public enum Method: String, Sendable {
        /// By what the machine has.
        case auto
        /// The settings name the profile.
        case forcedProfile = "forced_profile"
        /// The settings name the memory to go by.
        case forcedRAM = "forced_ram"
    }

    /// What the settings say of it.
    public struct Wish: Sendable, Hashable {
        /// The profile to use.
        public var name: String?
        /// The memory to go by, in GB, instead of the machine's.
        public var ramGB: Double?

        /// Goes by the machine, unless something else is said.
        public init(name: String? = nil, ramGB: Double? = nil) {
            self.name = name
            self.ramGB = ramGB
        }
    }

    /// A machine sold with so much memory shows a little less: the firmware, the kernel or error correction have taken
    /// some.
    ///
    /// An NVIDIA L4 of 24 GB shows 22.5 GiB.
    private static let tolerance = 0.92

    /// The profile; nil if none fits.
    public let profile: ModelProfile?
    /// How it came about.
    public let method: Method
    /// Sentences for people.
    public let reasons: [String]
    /// The machine.
    public let machine: Machine
    /// What the settings say.
    public let wish: Wish

    /// The memory by which it was chosen, in GiB.
    public var effectiveRAM: Double { self.wish.ramGB ?? self.detectedRAM }

    /// The memory of the machine, in GiB.
    public var detectedRAM: Double { Double(self.machine.memoryBytes) / Double(Int.gibibyte) }

    /// Chooses the largest profile that fits, unless the settings name one.
    ///
    /// Of those whose architecture, memory and GPU memory the machine has: the one that asks for most GPU memory; of
    /// several, the one that asks for most memory; of several, the first.
    ///
    /// - Parameters:
    ///   - profiles: in the order of their file.
    ///   - machine: what there is.
    ///   - wish: what the settings say.
    /// - Throws: ``ServiceError`` `invalid_request` if the settings name a profile that is not there.
    public init(of profiles: [ModelProfile], for machine: Machine, wish: Wish = Wish()) throws {
        self.machine = machine
        self.wish = wish
        if let name = wish.name {
            guard let profile = profiles.first(where: { $0.name == name }) else {
                let names = profiles.map { "'\($0.name)'" }.joined(separator: ", ")
                throw ServiceError(.invalidRequest, "There is no profile '\(name)'; there are \(names).")
            }
            self.profile = profile
            self.method = .forcedProfile
            self.reasons = ["The settings name the profile '\(name)'."]
            return
        }
        self.method = wish.ramGB == nil ? .auto : .forcedRAM
        let ram = wish.ramGB ?? Double(machine.memoryBytes) / Double(Int.gibibyte)
        let gpu = Double(machine.gpuMemoryBytes) / Double(Int.gibibyte)
        var reasons = [ProfileChoice.describe(machine)]
        if let forced = wish.ramGB { reasons.append("The settings say to go by \(forced.short) GB of memory.") }
        var best: ModelProfile?
        for profile in profiles {
            if let obstacle = ProfileChoice.obstacle(to: profile, machine.architecture, ram: ram, gpu: gpu) {
                reasons.append("'\(profile.name)' does not fit: \(obstacle).")
            } else if let known = best, !profile.match.asksForMore(than: known.match) {
                reasons.append("'\(profile.name)' fits, but is not the largest that does.")
            } else {
                if let known = best { reasons.append("'\(known.name)' fits, but is not the largest that does.") }
                best = profile
            }
        }
        reasons.append(best.map { "'\($0.name)' is the largest that fits." } ?? "No profile fits.")
        self.profile = best
        self.reasons = reasons
    }

    /// Why a profile is not for a machine; nil if it is.
    private static func obstacle(to profile: ModelProfile, _ architecture: String, ram: Double, gpu: Double) -> String?
    {
        let match = profile.match
        if !match.architectures.isEmpty, !match.architectures.contains(architecture) {
            return "it is for \(match.architectures.joined(separator: ", ")), not \(architecture)"
        }
        if ram < match.minRAM * self.tolerance { return "it is for \(match.minRAM.short) GB of memory and more" }
        if gpu < match.minGPU * self.tolerance { return "it is for \(match.minGPU.short) GB of GPU memory and more" }
        return nil
    }

    private static func describe(_ machine: Machine) -> String {
        var text = "The machine has \(machine.memoryBytes.inGibibytes) of memory"
        if let limit = machine.memoryLimit { text += " (\(limit))" }
        if machine.isUnified {
            text += ", of which its GPU may use \(machine.gpuMemoryBytes.inGibibytes)"
        } else if machine.gpus.isEmpty {
            text += " and no GPU"
        } else {
            text += " and \(machine.gpus.count) GPU\(machine.gpus.count == 1 ? "" : "s") with "
            text += "\(machine.gpuMemoryBytes.inGibibytes)"
        }
        return text + ", \(machine.architecture)."
    }
}

extension ModelProfile.Match {
    fileprivate func asksForMore(than other: Self) -> Bool {
        self.minGPU == other.minGPU ? self.minRAM > other.minRAM : self.minGPU > other.minGPU
    }
}

extension Double {
    /// A number of GB without needless digits.
    fileprivate var short: String { Int(exactly: self).map(String.init) ?? String(self) }
}
