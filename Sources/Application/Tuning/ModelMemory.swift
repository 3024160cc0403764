public import Domain

/// The memory of a machine that models may take: of its GPUs if it has any, else of itself.
public struct ModelMemory: Sendable, Hashable {
    /// Where it is.
    public enum Place: String, Sendable {
        /// In GPUs.
        case gpu
        /// In the machine, whose GPU shares it.
        case unified
        /// In the machine, which has no GPU.
        case system
        /// In GPUs and in the machine: what does not fit into the GPUs is computed by the processor.
        case mixed
    }

    /// Where it is.
    public let place: Place
    /// What each GPU, or the machine, has for models, in bytes.
    public let pools: [Int]
    /// What is left alone, in bytes: in each GPU, or in the machine.
    public let reserveBytes: Int

    /// All of it, in bytes.
    public var totalBytes: Int { self.pools.reduce(0, +) }

    var isOnGPU: Bool { self.place != .system }

    /// What is left alone of each GPU unless the user says otherwise: room for the driver and a desktop.
    static let gpuReserve = 512 * Int.mebibyte

    /// The memory that a machine has for models.
    ///
    /// `gpuReserve`: what is left alone of each GPU, in bytes.
    public init(of machine: Machine, gpuReserve: Int) {
        if machine.isUnified {
            self.init(place: .unified, pools: [machine.gpuMemoryBytes], reserve: 0)
        } else if !machine.gpus.isEmpty {
            let pools = machine.gpus.map { max(0, $0.memoryBytes - gpuReserve) }
            self.init(place: .gpu, pools: pools, reserve: gpuReserve)
        } else {
            let reserve = ModelMemory.systemReserve(of: machine)
            self.init(place: .system, pools: [max(0, machine.memoryBytes - reserve)], reserve: reserve)
        }
    }

    /// GPUs and machine together; nil where that is no more.
    static func mixed(_ machine: Machine, gpuReserve: Int) -> ModelMemory? {
        guard !machine.isUnified, !machine.gpus.isEmpty else { return nil }
        let gpus = machine.gpuMemoryBytes - gpuReserve * machine.gpus.count
        let system = machine.memoryBytes - self.systemReserve(of: machine)
        return ModelMemory(place: .mixed, pools: [max(0, gpus) + max(0, system)], reserve: gpuReserve)
    }

    private init(place: Place, pools: [Int], reserve: Int) {
        self.place = place
        self.pools = pools
        self.reserveBytes = reserve
    }

    /// What the machine keeps for everything else: a fifth, from 2 to 8 GiB; in a container, where nothing else runs,
    /// 512 MiB.
    static func systemReserve(of machine: Machine) -> Int {
        if machine.memoryLimit != nil { return 512 * .mebibyte }
        return min(8 * .gibibyte, max(2 * .gibibyte, machine.memoryBytes / 5))
    }

    /// Whether models can be in it all at once, as Ollama places them: each into one GPU if one has room for it, else
    /// spread over all.
    ///
    /// Source: Ollama's FAQ, "How does Ollama load models on multiple GPUs?".
    func holds(_ models: [Int]) -> Bool {
        var free = self.pools
        for bytes in models.sorted(by: >) {
            let roomiest = free.indices.max { free[$0] < free[$1] }
            if let roomiest, free[roomiest] >= bytes {
                free[roomiest] -= bytes
            } else {
                // Every GPU that takes part has a context and buffers of its own.
                let more = ModelFootprint.overheadBytes(onGPU: true) * (free.count - 1)
                let rest = free.reduce(0, +) - bytes - more
                guard free.count > 1, rest >= 0 else { return false }
                let share = rest / free.count
                free = free.map { _ in share }
            }
        }
        return true
    }
}
