public import Application

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Counts GPUs by what the kernel shows of them in its file systems, without any vendor's library.
///
/// NVIDIA's driver has a directory for each of its GPUs. AMD's has a node for each processor that computes, the CPUs among
/// them: those have the number 0. Where neither is there, the render nodes count.
///
/// Source: the kernel's `Documentation/gpu/drm-uapi.rst` and `drivers/gpu/drm/amd/amdkfd/kfd_topology.c`.
public struct DeviceFiles: GPUCounting {
    private let root: String

    /// Looks below a directory, which is the real root but in tests.
    public init(root: String = "") {
        self.root = root
    }

    /// See ``GPUCounting/count()``.
    public func count() -> Int? {
        let computing = self.names("/proc/driver/nvidia/gpus").count + self.amdNodes
        let count = computing > 0 ? computing : self.names("/dev/dri").count { $0.hasPrefix("renderD") }
        return count > 0 ? count : nil
    }

    private var amdNodes: Int {
        let nodes = "/sys/class/kfd/kfd/topology/nodes"
        return self.names(nodes).count { name in
            guard let bytes = FileManager.default.contents(atPath: "\(self.root)\(nodes)/\(name)/gpu_id") else {
                return false
            }
            return (UInt64(String(decoding: bytes, as: UTF8.self).prefix { $0.isNumber }) ?? 0) > 0
        }
    }

    private func names(_ directory: String) -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: self.root + directory)) ?? []
    }
}
