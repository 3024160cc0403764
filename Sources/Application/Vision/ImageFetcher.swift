/// Fetches images that come as an address.
public protocol ImageFetcher: Sendable {
    /// The bytes of the image at an address.
    ///
    /// - Parameter url: an `http` or `https` URL, as the caller wrote it.
    /// - Returns: the image; whether it can be decoded is not known yet.
    /// - Throws: ``ServiceError`` `invalid_image`, without a field, if the address may not be fetched, does not answer in
    ///   time, or answers with more than an image may have.
    func fetch(_ url: String) async throws -> [UInt8]
}
