import Foundation
import Testing

@testable import SharedOllama

extension EndToEnd {
    @Suite("shared-ollama tune", .light)
    struct TuneCommands {
        private static let slow = [
            "STAND_IN_TOKEN_PACE_MS": "40", "STAND_IN_TOKEN_COUNT": "8", "STAND_IN_MODELS": "smollm2",
        ]

        @Test("It finds the better setting, prints what it measured, writes it down, and leaves no engine behind")
        func ollama() async throws {
            let machine = try await StandInMachine()
            let directory = try TemporaryDirectory()
            defer {
                machine.remove()
                directory.remove()
            }
            let file = "\(directory.path)/environment"
            try "OLLAMA_MODELS=/srv/models\nSTAND_IN_TOKEN_PACE_MS=40\n".write(
                toFile: file,
                atomically: true,
                encoding: .utf8
            )
            let arguments = [
                "tune", "--engine", "ollama", "--models", "smollm2", "--rounds", "2", "--parallel", "2", "--tokens",
                "8",
                "--try", "STAND_IN_TOKEN_PACE_MS=1", "--data-dir", directory.path, "--write", file,
            ]
            let run = try await CommandRun.run(arguments, environment: machine.settings(Self.slow).variables)
            #expect(run.exit.status == 0, "\(run)")
            #expect(run.output.contains("* STAND_IN_TOKEN_PACE_MS=1"), "\(run)")
            #expect(run.output.contains("as it is") && run.output.contains("tok/s at 2"), "\(run)")
            #expect(run.output.contains("Best: STAND_IN_TOKEN_PACE_MS=1"), "\(run)")
            #expect(
                try String(contentsOfFile: file, encoding: .utf8)
                    == "OLLAMA_MODELS=/srv/models\nSTAND_IN_TOKEN_PACE_MS=1\n"
            )
            let starts = machine.events.filter { $0["event"] == "start" }
            #expect(starts.count == 4)
            for start in starts {
                let process = Int32(start["process"]?.number ?? 0)
                #expect(process > 0 && !isAlive(process))
            }
        }

        @Test("An Ollama that serves already is not measured beside; what cannot be tried is told")
        func refusals() async throws {
            let machine = try await StandInMachine()
            defer { machine.remove() }
            try await ServiceUnderTest.run(machine.settings(Self.slow)) { service in
                try await untilReady(service)
                let variables = machine.settings(Self.slow).variables
                let served = try await CommandRun.run(["tune", "--models", "smollm2"], environment: variables)
                #expect(served.exit.status == 1 && served.error.contains("stop it"), "\(served)")
            }
            // Of this folder alone: on a machine where the service runs there is an engine in the usual one.
            let empty = try TemporaryDirectory()
            defer { empty.remove() }
            let none = try await CommandRun.run(["tune", "--engine", "bundled", "--data-dir", empty.path])
            #expect(none.exit.status == 1 && none.error.contains("scripts/serve"), "\(none)")
            let wrong = try await CommandRun.run(["tune", "--try", "nonsense"])
            #expect(wrong.exit.status == 2 && wrong.error.contains("nonsense"), "\(wrong)")
        }

        @Test("Variables are read, and replace their like in a file")
        func variables() {
            #expect(VariableList("A=1 B=x=y") == VariableList(["A": "1", "B": "x=y"]))
            #expect(VariableList("A") == nil && VariableList("=1") == nil && VariableList(" ") == nil)
            #expect(VariableList(["A": "2"]).replacing(in: "# A=1\nA=1\nB=1\n") == "# A=1\nB=1\nA=2\n")
            #expect(VariableList(["A": "2"]).replacing(in: "") == "A=2\n")
        }
    }
}
