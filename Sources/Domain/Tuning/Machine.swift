/// What a machine has, as far as it decides which models it can run.
public struct Machine: Sendable, Hashable {
    /// One GPU with memory of its own.
    public struct GPU: Sendable, Hashable {
        /// Who makes it.
        public enum Vendor: String, Sendable, CaseIterable {
            /// Through `nvidia-smi`.
            case nvidia
            /// Through the kernel's `amdgpu`.
            case amd
        }

        /// Who makes it.
        public var vendor: Vendor
        /// What its maker calls it; for AMD the name of its device in the kernel.
        public var name: String
        /// Its memory, in bytes.
        public var memoryBytes: Int

        /// Describes a GPU.
        public init(vendor: Vendor, name: String, memoryBytes: Int) {
            self.vendor = vendor
            self.name = name
            self.memoryBytes = memoryBytes
        }
    }

    /// The instruction set, as `uname -m` says it: `x86_64`, `arm64` or another.
    ///
    /// `aarch64` is written `arm64`.
    public var architecture: String
    /// How many cores its processes may use, at least 1.
    public var cores: Int
    /// How much memory its processes may use, in bytes.
    public var memoryBytes: Int
    /// What keeps the processes from using all memory of the machine; nil if nothing does.
    public var memoryLimit: String?
    /// The GPUs with memory of their own, in their order.
    public var gpus: [GPU]
    /// Whether the GPU uses the machine's memory, as Apple's do.
    public var isUnified: Bool
    /// The version of its Ollama, if there is one.
    public var ollamaVersion: String?

    /// Describes a machine.
    public init(
        architecture: String,
        cores: Int,
        memoryBytes: Int,
        memoryLimit: String? = nil,
        gpus: [GPU] = [],
        isUnified: Bool = false,
        ollamaVersion: String? = nil
    ) {
        self.architecture = architecture
        self.cores = cores
        self.memoryBytes = memoryBytes
        self.memoryLimit = memoryLimit
        self.gpus = gpus
        self.isUnified = isUnified
        self.ollamaVersion = ollamaVersion
    }

    /// The memory of all GPUs together, in bytes; on a machine with unified memory what Metal lets one process use.
    ///
    /// macOS gives the GPU two thirds of the memory up to 36 GiB, and three quarters above.
    ///
    /// Source: `recommendedMaxWorkingSetSize` as llama.cpp logs it: 21,845 MiB of 32 GiB (ollama/ollama issue 434) and
    /// 49,152 MiB of 64 GiB (ggml-org/llama.cpp issue 5206).
    public var gpuMemoryBytes: Int {
        guard self.isUnified else { return self.gpus.reduce(0) { $0 + $1.memoryBytes } }
        return self.memoryBytes <= 36 * .gibibyte ? self.memoryBytes / 3 * 2 : self.memoryBytes / 4 * 3
    }

    /// Whether models run on a GPU.
    public var hasGPU: Bool { self.isUnified || !self.gpus.isEmpty }
}

extension Int {
    /// 2^30 bytes.
    public static var gibibyte: Int { 1_073_741_824 }
    /// 2^20 bytes.
    public static var mebibyte: Int { 1_048_576 }

    /// The number of bytes in GiB, with one digit after the point, for people.
    public var inGibibytes: String {
        let tenths = (self * 10 + Int.gibibyte / 2) / Int.gibibyte
        return "\(tenths / 10).\(tenths % 10) GiB"
    }
}
