/// From where images are fetched that come as an address.
public enum ImageURLPolicy: String, Sendable, Hashable, CaseIterable {
    /// From nowhere: an image has to come itself.
    case off
    /// From the public internet, never from a private, loopback or link-local address.
    case `public`
    /// From everywhere that this machine can reach.
    case any
}
