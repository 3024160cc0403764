import Foundation
import OllamaTestDouble

/// `ollama serve`, with the accidents that are asked for.
struct Serve {
    private let environment: StandInEnvironment
    private let record: RecordFile?

    init(_ environment: StandInEnvironment, _ arguments: [String]) {
        self.environment = environment
        record = environment.recordPath.map {
            RecordFile(path: $0, arguments: arguments, environment: environment.recorded)
        }
    }

    func run() async {
        let signals = SignalWatch(ignores: environment.flag("IGNORE_SIGTERM")) { name, isIgnored in
            record?.write(isIgnored ? "ignored \(name)" : "stopped by \(name)")
            if !isIgnored { Console.end(0) }
        }
        defer { signals.end() }
        // After the signals: who sees this line may send one.
        record?.write("start")
        if let text = environment.text("STDERR") {
            Console.write(text == "out-of-memory" ? Self.outOfMemory : text + "\n")
        }
        if let status = environment.number("CRASH_STATUS"), environment.number("CRASH_AFTER_MS") == nil {
            end("crashed", status)
        }
        if environment.flag("HANG") { await sleepForever() }
        if let delay = environment.number("SLOW_START_MS") { await sleep(milliseconds: delay) }
        await serve()
    }

    private func serve() async {
        let configuration = environment.configuration
        if environment.flag("ADDRESS_IN_USE") { refuse(configuration) }
        do {
            let double = try await OllamaTestDouble.start(configuration: configuration)
            if environment.flag("HANG_GENERATIONS") { double.set(.hang(.beforeHead), on: .inference) }
            let address = "\(configuration.host):\(double.port)"
            Console.log("Listening on \(address) (version \(configuration.version))")
            record?.write("listening on \(address)")
            guard let delay = environment.number("CRASH_AFTER_MS") else { await sleepForever() }
            await sleep(milliseconds: delay)
            end("crashed", environment.number("CRASH_STATUS") ?? 2)
        } catch is AddressInUse {
            refuse(configuration)
        } catch {
            Console.write("Error: \(error)\n")
            end("failed", 1)
        }
    }

    private func refuse(_ configuration: OllamaTestDouble.Configuration) -> Never {
        let address = "\(configuration.host):\(configuration.port)"
        Console.write("Error: listen tcp \(address): bind: address already in use\n")
        end("address in use", 1)
    }

    private func end(_ event: String, _ status: Int) -> Never {
        record?.write(event)
        Console.end(status)
    }

    private func sleep(milliseconds: Int) async {
        try? await Task.sleep(for: .milliseconds(milliseconds))
    }

    private func sleepForever() async -> Never {
        while true { await sleep(milliseconds: 3_600_000) }
    }

    /// What a real one prints before it dies of too little memory.
    private static let outOfMemory = """
        ggml_backend_cuda_buffer_type_alloc_buffer: allocating 4096.00 MiB on device 0: cudaMalloc failed: out of memory
        llama_model_load: error loading model: unable to allocate CUDA0 buffer
        time=2026-11-21T02:11:50.999Z level=ERROR source=server.go:302 msg="llama server loading model: out of memory"

        """
}
