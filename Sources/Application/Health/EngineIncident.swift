#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// Something in an engine's log that an operator should know, and what to do about it.
public struct EngineIncident: Sendable, Hashable {
    /// What has happened.
    public enum Kind: String, Sendable, CaseIterable {
        /// There was too little memory, in a GPU or in the machine.
        case outOfMemory = "out_of_memory"
        /// A GPU does not answer its driver any more.
        case gpuLost = "gpu_lost"
        /// A model could not be loaded.
        case loadFailed = "load_failed"

        /// What to do, in a sentence or two.
        public var advice: String {
            switch self {
            case .outOfMemory:
                "The engine had too little memory. 'shared-ollama plan' tells what fits: lower OLLAMA_CONTEXT_LENGTH or "
                    + "OLLAMA_NUM_PARALLEL, set OLLAMA_KV_CACHE_TYPE=q8_0 with OLLAMA_FLASH_ATTENTION=1, or use a smaller model."
            case .gpuLost:
                "The GPU does not answer its driver. Look at 'nvidia-smi' and 'dmesg'; after a suspend reload the driver "
                    + "(rmmod nvidia_uvm && modprobe nvidia_uvm), else restart the machine."
            case .loadFailed:
                "A model could not be loaded. Fetch it anew with 'ollama pull' in case its file is damaged, and see whether "
                    + "this Ollama is too old for it; a slow disk needs a larger timeouts.load_seconds."
            }
        }
    }

    /// What has happened.
    public let kind: Kind
    /// When it happened last.
    public internal(set) var time: Date
    /// How often it happened shortly after one another.
    public internal(set) var count: Int
    /// The line of the log, the last of several.
    ///
    /// For administrators: it may hold paths.
    public internal(set) var line: String

    /// Describes an incident that happened once.
    public init(kind: Kind, time: Date, line: String) {
        self.kind = kind
        self.time = time
        self.count = 1
        self.line = line
    }
}

/// The last incidents of an engine, the oldest first; bounded.
public struct EngineIncidents: Sendable {
    /// How many are kept.
    private static let limit = 20
    /// The same thing within this time is one incident: an engine tells of it in several lines.
    private static let together: TimeInterval = 60

    /// The incidents.
    public private(set) var all: [EngineIncident] = []

    /// None.
    public init() {}

    /// Notes an incident.
    ///
    /// - Returns: whether it is a new one.
    public mutating func add(_ incident: EngineIncident) -> Bool {
        if let index = self.all.lastIndex(where: { $0.kind == incident.kind }),
            incident.time.timeIntervalSince(self.all[index].time) < EngineIncidents.together
        {
            self.all[index].time = incident.time
            self.all[index].count += 1
            self.all[index].line = incident.line
            return false
        }
        if self.all.count >= EngineIncidents.limit { self.all.removeFirst() }
        self.all.append(incident)
        return true
    }
}
