import Application
import Foundation
import Testing

@testable import ProcessManager

@Suite("What an engine's log tells")
struct LogMinerTests {
    // Sources: public reports of Ollama (issues 9782, 1197, 8426, 6647, 4131 of ollama/ollama, 11478 of continuedev/continue) and
    // the kernel's and NVIDIA's words for a lost GPU.
    @Test(
        "Words of engines and drivers are understood",
        arguments: [
            ("Error: llama runner process has terminated: CUDA error: out of memory", .outOfMemory),
            (
                "ggml_backend_cuda_buffer_type_alloc_buffer: allocating 4096.00 MiB on device 0: cudaMalloc failed: out of memory",
                .outOfMemory
            ),
            (#""model requires more system memory (2.7 GiB) than is available (2.3 GiB)""#, .outOfMemory),
            ("2023/11/19 12:07:14 llama.go:430: signal: killed", .outOfMemory),
            ("CUDA error: unspecified launch failure", .gpuLost),
            (#"msg="Unable to load cudart" error="cudart init failure: 999""#, .gpuLost),
            ("NVRM: Xid (PCI:0000:01:00): 79, GPU has fallen off the bus.", .gpuLost),
            ("llama.go:438: error starting llama runner: timed out waiting for llama runner to start", .loadFailed),
            ("llama_model_load: error loading model: tensor 'output.weight' not found", .loadFailed),
        ] as [(String, EngineIncident.Kind)]
    )
    func known(line: String, kind: EngineIncident.Kind) {
        #expect(LogMiner.kind(of: line) == kind)
    }

    @Test(
        "Ordinary lines tell nothing",
        arguments: [
            "time=2026-11-21T02:06:47.000Z level=INFO source=routes.go:2030 msg=\"Listening on 127.0.0.1:11434 (version 0.32.15)\"",
            "[GIN] 2026/11/21 - 02:06:47 | 200 |     321.5µs |       127.0.0.1 | GET      \"/api/tags\"", "",
        ]
    )
    func ordinary(line: String) {
        #expect(LogMiner.kind(of: line) == nil)
    }

    @Test("Lines about the same thing shortly after one another are one incident; only so many are kept")
    func together() {
        var incidents = EngineIncidents()
        func add(_ kind: EngineIncident.Kind, _ seconds: Double, _ line: String = "l") -> Bool {
            incidents.add(EngineIncident(kind: kind, time: Date(timeIntervalSince1970: seconds), line: line))
        }
        #expect(add(.outOfMemory, 0))
        #expect(!add(.outOfMemory, 5, "last"))
        #expect(add(.gpuLost, 6))
        #expect(!add(.outOfMemory, 50))
        #expect(add(.outOfMemory, 200))
        #expect(incidents.all.map(\.count) == [3, 1, 1])
        for index in 0..<100 { #expect(add(.loadFailed, 1000 + Double(index) * 100)) }
        #expect(incidents.all.count == 20)
        #expect(incidents.all.last?.time == Date(timeIntervalSince1970: 10_900))
    }
}
