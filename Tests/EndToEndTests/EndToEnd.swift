import Testing

/// Tests of the whole service: its executable as a process, engines and callers on real sockets.
@Suite("End to end")
enum EndToEnd {}
