/// What differs between the HTTP servers of the engines, below their routes.
struct ServerFlavour: Sendable {
    /// Fields of every response.
    var standingHeaders: [HeaderField]
    /// Whether responses carry a date.
    var sendsDate: Bool
    /// A body that is longer is sent chunked: Go's server sets the length only of what fits its buffer.
    var longestSizedBody: Int

    static let go = ServerFlavour(standingHeaders: [], sendsDate: true, longestSizedBody: 2048)
    static let llama = ServerFlavour(
        standingHeaders: [HeaderField("Server", "llama.cpp"), HeaderField("Access-Control-Allow-Origin", "")],
        sendsDate: false,
        longestSizedBody: .max
    )
}
