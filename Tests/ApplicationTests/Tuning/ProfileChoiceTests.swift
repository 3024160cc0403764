import Application
import Domain
import Testing

@Suite("Choosing a profile")
struct ProfileChoiceTests {
    private func profile(_ name: String, ram: Double, gpu: Double = 0, _ architectures: [String] = []) -> ModelProfile {
        var profile = ModelProfile(name: name)
        profile.match.minRAM = ram
        profile.match.minGPU = gpu
        profile.match.architectures = architectures
        return profile
    }

    private var profiles: [ModelProfile] {
        [
            self.profile("large", ram: 32), self.profile("small", ram: 8), self.profile("medium", ram: 16),
            self.profile("gpu", ram: 16, gpu: 24), self.profile("mac", ram: 64, ["arm64"]),
        ]
    }

    private func machine(_ mebibytes: Int, gpu: Int = 0, _ architecture: String = "x86_64") -> Machine {
        Machine(
            architecture: architecture,
            cores: 4,
            memoryBytes: mebibytes * .mebibyte,
            gpus: gpu == 0 ? [] : [.init(vendor: .nvidia, name: "g", memoryBytes: gpu * .mebibyte)]
        )
    }

    @Test("Predecessor 23: a machine between two profiles gets the smaller, for that is the largest that fits")
    func between() throws {
        let choice = try ProfileChoice(of: self.profiles, for: self.machine(24 * 1024))
        #expect(choice.profile?.name == "medium")
        #expect(choice.method == .auto)
        #expect(choice.reasons.contains { $0.contains("'large' does not fit: it is for 32 GB of memory and more") })
        #expect(choice.reasons.last == "'medium' is the largest that fits.")
    }

    @Test("A machine shows a little less than it was sold with", arguments: [(15_864, "medium"), (31_997, "large")])
    func soldSize(mebibytes: Int, expected: String) throws {
        #expect(try ProfileChoice(of: self.profiles, for: self.machine(mebibytes)).profile?.name == expected)
    }

    @Test("GPU memory comes before the machine's")
    func gpu() throws {
        #expect(try ProfileChoice(of: self.profiles, for: self.machine(64_000, gpu: 24_564)).profile?.name == "gpu")
        #expect(try ProfileChoice(of: self.profiles, for: self.machine(64_000, gpu: 16_384)).profile?.name == "large")
    }

    @Test("A profile for another instruction set does not count")
    func architecture() throws {
        #expect(try ProfileChoice(of: self.profiles, for: self.machine(128_000, "arm64")).profile?.name == "mac")
        #expect(try ProfileChoice(of: self.profiles, for: self.machine(128_000)).profile?.name == "large")
    }

    @Test("A machine for which nothing is small enough gets none")
    func none() throws {
        let choice = try ProfileChoice(of: self.profiles, for: self.machine(2048))
        #expect(choice.profile == nil)
        #expect(choice.reasons.last == "No profile fits.")
        #expect(try ProfileChoice(of: [], for: self.machine(64_000)).profile == nil)
    }

    @Test("The settings name the profile, or the memory to go by")
    func forced() throws {
        let byName = try ProfileChoice(of: self.profiles, for: self.machine(4096), wish: .init(name: "large"))
        #expect(byName.profile?.name == "large" && byName.method == .forcedProfile)
        let byRAM = try ProfileChoice(of: self.profiles, for: self.machine(64_000), wish: .init(ramGB: 12))
        #expect(byRAM.profile?.name == "small" && byRAM.method == .forcedRAM && byRAM.effectiveRAM == 12)
        let error = #expect(throws: ServiceError.self) {
            try ProfileChoice(of: self.profiles, for: self.machine(4096), wish: .init(name: "huge"))
        }
        #expect(error?.message.contains("'medium'") == true)
    }
}
