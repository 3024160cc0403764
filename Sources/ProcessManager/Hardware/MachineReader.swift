public import Application
public import Domain

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Finds out what this machine has.
public struct MachineReader: MachineReading {
    /// What kind of system it is.
    enum System {
        case linux
        case darwin
    }

    let system: System
    let files: any SystemFiles
    let programs: any ProgramOutput
    let environment: [String: String]
    /// The program whose version is asked for; nil asks nobody.
    let ollama: String?
    /// What the language's runtime says: where the system itself says nothing.
    let runtime: (cores: Int, memoryBytes: Int)

    /// Reads this machine.
    ///
    /// - Parameters:
    ///   - ollama: the `ollama` program: a path, or a name that is looked for on `PATH`.
    ///   - environment: for `PATH`, `CUDA_VISIBLE_DEVICES` and what programs need.
    ///   - clock: the time.
    public init(ollama: String?, environment: [String: String], clock: any ServiceClock) {
        #if os(macOS)
        let system = System.darwin
        #else
        let system = System.linux
        #endif
        self.init(
            system: system,
            files: RealSystemFiles(),
            programs: RealProgramOutput(environment: environment, clock: clock),
            environment: environment,
            ollama: ollama,
            runtime: (
                ProcessInfo.processInfo.activeProcessorCount, Int(clamping: ProcessInfo.processInfo.physicalMemory)
            )
        )
    }

    init(
        system: System,
        files: any SystemFiles,
        programs: any ProgramOutput,
        environment: [String: String],
        ollama: String?,
        runtime: (cores: Int, memoryBytes: Int)
    ) {
        self.system = system
        self.files = files
        self.programs = programs
        self.environment = environment
        self.ollama = ollama
        self.runtime = runtime
    }

    /// See ``Application/MachineReading/read()``.
    public func read() async -> Machine {
        var machine =
            switch self.system {
            case .linux: await self.linux()
            case .darwin: await self.darwin()
            }
        if let ollama, let text = await self.programs.output(of: ollama, OllamaVersion.arguments) {
            machine.ollamaVersion = OllamaVersion.parse(text)
        }
        return machine
    }

    private func darwin() async -> Machine {
        let text = await self.programs.output(of: AppleSystem.program, AppleSystem.arguments)
        return text.flatMap(AppleSystem.parse)
            ?? Machine(
                architecture: Self.architecture,
                cores: self.runtime.cores,
                memoryBytes: self.runtime.memoryBytes
            )
    }

    private func linux() async -> Machine {
        let limits = LinuxLimits(files: self.files)
        let total = limits.totalMemory ?? self.runtime.memoryBytes
        var machine = Machine(
            architecture: Self.architecture,
            cores: min(self.runtime.cores, limits.coreLimit ?? .max),
            memoryBytes: total
        )
        if let limit = limits.memoryLimit, limit.bytes < total {
            machine.memoryBytes = limit.bytes
            machine.memoryLimit = "limited by \(limit.file)"
        }
        if let table = await self.programs.output(of: NvidiaGPUs.program, NvidiaGPUs.arguments) {
            machine.gpus = NvidiaGPUs.parse(table, visible: self.environment["CUDA_VISIBLE_DEVICES"])
        }
        // Ollama runs a model on one vendor's GPUs; CUDA comes first.
        if machine.gpus.isEmpty { machine.gpus = AMDGPUs.read(self.files) }
        return machine
    }

    private static var architecture: String {
        #if arch(arm64)
        "arm64"
        #else
        "x86_64"
        #endif
    }
}
