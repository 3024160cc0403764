public import Application
import CImageCodecs
public import Domain

/// Prepares images by libjpeg-turbo, libpng and libwebp; see `docs/image-processing.md`.
public struct CodecImageProcessor: ImageProcessor {
    /// To see whether an image can be decoded, this much of it is enough.
    private static let glance: UInt32 = 64

    private let limits: ImageLimits

    /// Creates a processor.
    public init(limits: ImageLimits) {
        self.limits = limits
    }

    /// See ``Application/ImageProcessor/inspect(_:for:)``.
    public func inspect(_ bytes: [UInt8], for rendition: ImageRendition) throws -> ImageHeader {
        try self.withInput(bytes, stop: nil) { input in
            let header = try self.header(of: input)
            guard let format = ImageFormat(header.format) else { throw ServiceError.notAnImage }
            return ImageHeader(
                format: format,
                width: Int(header.width),
                height: Int(header.height),
                orientation: Int(header.orientation),
                workingBytes: Int(clamping: header.working_bytes)
            )
        }
    }

    /// See ``Application/ImageProcessor/prepare(_:as:unless:)``.
    public func prepare(
        _ bytes: [UInt8],
        as rendition: ImageRendition,
        unless cancellation: CancellationFlag
    ) throws -> PreparedImage {
        try cancellation.withAddress { stop in
            try self.withInput(bytes, stop: stop) { input in
                let job = Job(
                    input: input,
                    header: try self.header(of: input),
                    rendition: rendition,
                    limits: self.limits
                )
                return try job.prepared()
            }
        }
    }

    // MARK: Parts

    private func withInput<Result>(
        _ bytes: [UInt8],
        stop: UnsafePointer<Int32>?,
        _ body: (ic_input) throws -> Result
    ) throws -> Result {
        guard bytes.count <= self.limits.maxBytes else {
            throw ServiceError(
                .invalidImage,
                "The image has \(bytes.count) bytes; at most \(self.limits.maxBytes) are allowed (images.max_bytes)."
            )
        }
        // The pointer holds for as long as the call, and nothing in C keeps it.
        return try bytes.withUnsafeBufferPointer { buffer in
            try body(
                ic_input(
                    bytes: buffer.baseAddress,
                    count: buffer.count,
                    limits: ic_limits(
                        max_pixels: UInt64(clamping: self.limits.maxPixels),
                        max_memory: UInt64(clamping: self.limits.maxDecodedBytes)
                    ),
                    stop: stop
                )
            )
        }
    }

    private func header(of input: ic_input) throws -> ic_header {
        var header = ic_header()
        let status = withUnsafePointer(to: input) { ic_inspect($0, &header) }
        try Self.check(status, header, self.limits)
        return header
    }

    fileprivate static func check(_ status: ic_status, _ header: ic_header, _ limits: ImageLimits) throws {
        switch status {
        case IC_OK: return
        case IC_STOPPED: throw CancellationError()
        case IC_NO_MEMORY:
            throw ServiceError(.queueFull, "There is no memory for the image now.", retryAfter: .seconds(5))
        case IC_TOO_LARGE:
            throw ServiceError(
                .invalidImage,
                "The image has \(header.width) × \(header.height) pixels; at most \(limits.maxPixels) pixels are allowed "
                    + "(images.max_pixels), and 32768 a side (16383 in WebP)."
            )
        case IC_TOO_COMPLEX:
            throw ServiceError(
                .invalidImage,
                "The image would take more work or memory than allowed (images.max_decoded_bytes, scans, chunks)."
            )
        case IC_UNSUPPORTED:
            throw ServiceError(.invalidImage, "The image is of a kind of its format that is not read; save it anew.")
        default:
            throw header.format == IC_UNKNOWN ? ServiceError.notAnImage : ServiceError.damagedImage
        }
    }

    /// One image on its way.
    private struct Job {
        let input: ic_input
        let header: ic_header
        let rendition: ImageRendition
        let limits: ImageLimits

        private var longestSide: UInt32 { max(self.header.width, self.header.height) }

        /// Whether engines can be sent the picture that came.
        private var isUsable: Bool {
            guard let format = ImageFormat(self.header.format), self.header.orientation == 1 else { return false }
            // Engines read no animations.
            return self.rendition.accepted.contains(format) && !(self.header.is_animated && format == .webp)
        }

        func prepared() throws -> PreparedImage {
            if !self.rendition.compresses { return try self.unchanged() }
            let side = UInt32(clamping: max(1, self.rendition.maxDimension))
            let written = try self.render(side: side, format: self.rendition.format)
            // A picture that lacks a part is whole again once it is written anew: engines are not as patient.
            guard self.isUsable, self.longestSide <= side, !written.notes.contains(.truncated) else { return written }
            let original = try self.stripped()
            return original.bytes.count <= written.bytes.count ? original : written
        }

        /// The picture that came; anew only where it is not upright, or nobody could read it.
        private func unchanged() throws -> PreparedImage {
            guard self.isUsable else {
                let own = ImageFormat(self.header.format) ?? self.rendition.format
                let format = self.rendition.accepted.contains(own) ? own : self.rendition.format
                let limit: UInt32 = format == .webp ? 16_383 : 32_768
                return try self.render(side: min(self.longestSide, limit), format: format)
            }
            // Whoever gets it should be able to decode it.
            let glance = try self.render(side: CodecImageProcessor.glance, format: .jpeg)
            return glance.notes.contains(.truncated)
                ? try self.render(side: self.longestSide, format: ImageFormat(self.header.format) ?? .jpeg)
                : try self.stripped()
        }

        private func render(side: UInt32, format: ImageFormat) throws -> PreparedImage {
            var wanted = ic_rendition(
                max_dimension: side,
                format: format.code,
                quality: Int32(clamping: min(100, max(1, self.rendition.quality))),
                png_level: Int32(clamping: min(9, max(0, self.rendition.pngLevel)))
            )
            var (input, header, result) = (self.input, self.header, ic_result())
            defer { ic_free(&result.image) }
            try CodecImageProcessor.check(ic_render(&input, &header, &wanted, &result), header, self.limits)
            return PreparedImage(
                bytes: Self.bytes(of: result.image),
                format: format,
                width: Int(result.width),
                height: Int(result.height),
                originalBytes: self.input.count,
                isOriginal: false,
                notes: self.notes(format, isTruncated: result.is_truncated)
            )
        }

        private func stripped() throws -> PreparedImage {
            var (input, header, output) = (self.input, self.header, ic_buffer())
            defer { ic_free(&output) }
            try CodecImageProcessor.check(ic_strip(&input, &header, &output), header, self.limits)
            let format = ImageFormat(self.header.format) ?? self.rendition.format
            return PreparedImage(
                bytes: Self.bytes(of: output),
                format: format,
                width: Int(self.header.width),
                height: Int(self.header.height),
                originalBytes: self.input.count,
                isOriginal: true,
                notes: self.notes(format, isTruncated: false)
            )
        }

        private func notes(_ format: ImageFormat, isTruncated: Bool) -> Set<PreparedImage.Note> {
            var notes: Set<PreparedImage.Note> = []
            if self.header.is_animated { notes.insert(.firstFrame) }
            if isTruncated { notes.insert(.truncated) }
            if let own = ImageFormat(self.header.format), !self.rendition.compresses, format != own {
                notes.insert(.otherFormat)
            }
            return notes
        }

        private static func bytes(of buffer: ic_buffer) -> [UInt8] {
            Array(UnsafeBufferPointer(start: buffer.bytes, count: buffer.count))
        }
    }
}

extension ServiceError {
    /// What came is no image that could be read.
    fileprivate static let notAnImage = ServiceError(.invalidImage, "It is not an image: JPEG, PNG and WebP are read.")
    /// An image that cannot be decoded.
    fileprivate static let damagedImage = ServiceError(.invalidImage, "The image is damaged and cannot be decoded.")
}

extension ImageFormat {
    fileprivate init?(_ code: ic_format) {
        switch code {
        case IC_JPEG: self = .jpeg
        case IC_PNG: self = .png
        case IC_WEBP: self = .webp
        default: return nil
        }
    }

    fileprivate var code: ic_format {
        switch self {
        case .jpeg: IC_JPEG
        case .png: IC_PNG
        case .webp: IC_WEBP
        }
    }
}
