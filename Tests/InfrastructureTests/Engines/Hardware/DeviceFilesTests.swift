import Application
import Foundation
import Testing

@testable import Infrastructure

@Suite("Counting GPUs")
struct DeviceFilesTests {
    private func count(_ files: [String: String]) throws -> Int? {
        let directory = try TemporaryDirectory()
        defer { directory.remove() }
        for (path, text) in files {
            let url = URL(fileURLWithPath: directory.path + path)
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(),
                withIntermediateDirectories: true
            )
            try text.write(to: url, atomically: true, encoding: .utf8)
        }
        return DeviceFiles(root: directory.path).count()
    }

    private let nodes = "/sys/class/kfd/kfd/topology/nodes"

    @Test("A machine that shows none has an unknown number")
    func none() throws {
        #expect(try self.count([:]) == nil)
        #expect(try self.count(["/dev/dri/card0": "", "\(self.nodes)/0/gpu_id": "0\n"]) == nil)
    }

    @Test("NVIDIA's count by their directories, whatever else draws")
    func nvidia() throws {
        let gpus = "/proc/driver/nvidia/gpus"
        let files = [
            "\(gpus)/0000:01:00.0/information": "", "\(gpus)/0000:02:00.0/information": "", "/dev/dri/renderD128": "",
            "/dev/dri/renderD129": "", "/dev/dri/renderD130": "",
        ]
        #expect(try self.count(files) == 2)
    }

    @Test("AMD's count by their nodes, without the CPU's, and beside NVIDIA's")
    func amd() throws {
        var files = ["\(self.nodes)/0/gpu_id": "0\n", "\(self.nodes)/1/gpu_id": "51099\n", "/dev/dri/renderD128": ""]
        #expect(try self.count(files) == 1)
        files["/proc/driver/nvidia/gpus/0000:01:00.0/information"] = ""
        #expect(try self.count(files) == 2)
    }

    @Test("Others count by their render nodes")
    func others() throws {
        #expect(try self.count(["/dev/dri/renderD128": "", "/dev/dri/renderD129": "", "/dev/dri/card0": ""]) == 2)
    }
}

@Suite("Models that an engine has loaded at once, where nobody says")
struct UsualModelsTests {
    private func models(_ url: String, kind: EngineKind = .ollama, told: Int? = nil, gpus: Int?) throws -> Int? {
        try ServiceConfiguration.Engine(name: "a", kind: kind, url: url, maxLoadedModels: told).limits(gpus: gpus)
            .maxLoadedModels
    }

    @Test("An Ollama of this machine has three for each GPU, as far as they are known")
    func here() throws {
        #expect(try self.models("http://127.0.0.1:11434", gpus: 2) == 6)
        #expect(try self.models("http://localhost:11434", gpus: 1) == 3)
        #expect(try self.models("http://127.0.0.1:11434", gpus: nil) == nil)
        #expect(try self.models("http://127.0.0.1:11434", told: 2, gpus: 4) == 2)
        #expect(try self.models("http://127.0.0.1:11434", gpus: 10_000) == 1024)
    }

    @Test("This machine's GPUs say nothing of an engine elsewhere, or of another kind")
    func elsewhere() throws {
        #expect(try self.models("http://10.0.0.7:11434", gpus: 2) == nil)
        #expect(try self.models("http://127.0.0.1:8080", kind: .openAI, gpus: 2) == nil)
    }
}
