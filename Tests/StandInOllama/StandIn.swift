import OllamaTestDouble

/// An executable that can stand in the place of `ollama`.
///
/// It serves the test double, records how it was started, and starts badly when told to; README.md lists what it can be
/// told.
@main
enum StandIn {
    static func main() async {
        let arguments = Array(CommandLine.arguments.dropFirst())
        let environment = StandInEnvironment.current
        switch arguments.first {
        case "serve", "start": await Serve(environment, arguments).run()
        case "--version", "-v": print("ollama version is \(OllamaTestDouble.Configuration().version)")
        case "list", "ls": ListTable.print(environment.configuration.models)
        case nil: print("Usage:\n  ollama [flags]\n  ollama [command]")
        case let command?:
            Console.write("Error: unknown command \"\(command)\" for \"ollama\"\n")
            Console.end(1)
        }
    }
}
