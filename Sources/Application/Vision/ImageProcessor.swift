public import Domain

/// Brings images into the form in which engines get them: the port to the libraries that decode and encode them.
///
/// Both functions block and can take many milliseconds: they run on a worker thread, never on an event loop.
public protocol ImageProcessor: Sendable {
    /// Reads what the header of an image tells; costs no more than the header.
    ///
    /// - Parameters:
    ///   - bytes: the image.
    ///   - rendition: what is to become of it, on which the memory depends that it will take.
    /// - Returns: format, size and what preparing it will take.
    /// - Throws: ``ServiceError`` `invalid_image`, without a field, if it is no image or larger than allowed.
    func inspect(_ bytes: [UInt8], for rendition: ImageRendition) throws -> ImageHeader

    /// Brings an image into a form: upright, without metadata, and the smaller of what came and the result.
    ///
    /// - Parameters:
    ///   - bytes: the image.
    ///   - rendition: the form.
    ///   - cancellation: raised when nobody waits any more; asked at least every few milliseconds.
    /// - Returns: the image that is sent.
    /// - Throws: ``ServiceError`` `invalid_image`, without a field, if the image cannot be decoded or is larger than
    ///   allowed; `CancellationError` if it was told to stop.
    func prepare(
        _ bytes: [UInt8],
        as rendition: ImageRendition,
        unless cancellation: CancellationFlag
    ) throws -> PreparedImage
}
