// Images in and out of libjpeg-turbo, libpng and libwebp, scaled and turned on the way.
//
// Every failure of a library ends here, as a status: a long jump never leaves the C that set it up. Nothing here writes to
// standard error, starts a thread or keeps anything between two calls.
#ifndef CIMAGECODECS_H
#define CIMAGECODECS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// A format, by the bytes of an image.
typedef enum { IC_UNKNOWN = 0, IC_JPEG = 1, IC_PNG = 2, IC_WEBP = 3 } ic_format;

/// What became of a call.
typedef enum {
    IC_OK = 0,
    /// It cannot be decoded: it is damaged, or not an image.
    IC_BROKEN = 1,
    /// More pixels, or a longer side, than allowed.
    IC_TOO_LARGE = 2,
    /// More scans, chunks, frames or memory than allowed.
    IC_TOO_COMPLEX = 3,
    /// A kind of the format that is not read.
    IC_UNSUPPORTED = 4,
    /// No memory.
    IC_NO_MEMORY = 5,
    /// It was told to stop.
    IC_STOPPED = 6,
} ic_status;

/// What an image may be.
typedef struct {
    uint64_t max_pixels;
    /// What decoding may take beside the image itself, in bytes.
    uint64_t max_memory;
} ic_limits;

/// An image as it came, and what may be done with it.
typedef struct {
    const uint8_t *bytes;
    size_t count;
    ic_limits limits;
    /// Not zero when the work is to stop; asked for every few rows. May be null.
    const int *stop;
} ic_input;

/// What the first bytes tell.
typedef struct {
    ic_format format;
    /// As it is stored, before it is turned.
    uint32_t width, height;
    /// 1 to 8 as EXIF counts it.
    int orientation;
    bool has_alpha;
    /// More than one frame.
    bool is_animated;
    /// Interlaced PNG, progressive JPEG, lossless WebP: what needs memory for the whole image.
    bool needs_whole_image;
    /// 1, 3 or 4: grey, colours, CMYK (JPEG only).
    int components;
    /// What decoding takes at most, in bytes, if it is scaled down.
    uint64_t working_bytes;
} ic_header;

/// In which form it is to be.
typedef struct {
    /// The longest side of the result.
    uint32_t max_dimension;
    /// The format of a result that is written anew.
    ic_format format;
    /// 1 to 100, for JPEG and WebP.
    int quality;
    /// 0 to 9.
    int png_level;
} ic_rendition;

/// Bytes that the caller frees with `ic_free`.
typedef struct {
    uint8_t *bytes;
    size_t count;
} ic_buffer;

/// What was made of an image.
typedef struct {
    ic_buffer image;
    /// Upright.
    uint32_t width, height;
    /// The data ended early or was damaged in a part.
    bool is_truncated;
} ic_result;

/// Reads the header: format, size, orientation; costs no more than the header and a walk over the segments.
///
/// IC_TOO_LARGE and IC_TOO_COMPLEX leave what is known in `header`.
ic_status ic_inspect(const ic_input *input, ic_header *header);

/// Decodes, scales down, turns upright, converts to sRGB and writes anew.
ic_status ic_render(const ic_input *input, const ic_header *header, const ic_rendition *rendition, ic_result *result);

/// Copies an image without EXIF, XMP and comments; the picture is the same byte for byte.
ic_status ic_strip(const ic_input *input, const ic_header *header, ic_buffer *output);

void ic_free(ic_buffer *buffer);

#endif
