// What the parts of the shim share.
#ifndef CIMAGECODECS_INTERNAL_H
#define CIMAGECODECS_INTERNAL_H

#include "CImageCodecs.h"

/// What the channels of a pixel are.
typedef enum {
    /// One byte.
    IC_SPACE_GREY = 1,
    /// Four bytes: red, green, blue, and alpha or nothing.
    IC_SPACE_RGB = 2,
    /// Four bytes: cyan, magenta, yellow, black; 255 is full ink.
    IC_SPACE_CMYK = 3,
} ic_space;

static inline int ic_channels(ic_space space) { return space == IC_SPACE_GREY ? 1 : 4; }

/// Takes the rows of an image from its decoder, from the top to the bottom.
///
/// A status that is not IC_OK ends the decoding with that status.
typedef struct ic_sink ic_sink;
struct ic_sink {
    /// How much of the width and height that follow is picture, where a decoder rounds them up; 0 if all of it is.
    double span_x, span_y;
    /// Called once, before the first row: the size of what follows, which may be scaled down.
    ic_status (*begin)(ic_sink *sink, uint32_t width, uint32_t height, ic_space space, bool has_alpha);
    /// Called for each row; alpha is not premultiplied.
    ic_status (*row)(ic_sink *sink, const uint8_t *pixels);
};

/// What a decoder is to do.
typedef struct {
    const ic_input *input;
    const ic_header *header;
    /// The size of the result, as the image is stored: a decoder may scale down by itself to not less than 1.4 times that.
    uint32_t target_width, target_height;
    ic_sink *sink;
    /// Set by the decoder: the data ended early or was damaged in a part, and the rest of the rows were made up.
    bool is_truncated;
} ic_decoding;

ic_status ic_jpeg_decode(ic_decoding *decoding);
ic_status ic_png_decode(ic_decoding *decoding);
ic_status ic_webp_decode(ic_decoding *decoding);

/// A picture in memory: grey or RGB, alpha not premultiplied.
typedef struct {
    uint8_t *pixels;
    uint32_t width, height;
    ic_space space;
    bool has_alpha;
} ic_picture;

static inline size_t ic_stride(const ic_picture *picture) { return (size_t)picture->width * ic_channels(picture->space); }

/// Each writes a grey or RGB picture. JPEG has no alpha: the caller has flattened it.
ic_status ic_jpeg_encode(const ic_picture *picture, int quality, ic_buffer *output);
ic_status ic_png_encode(const ic_picture *picture, int level, ic_buffer *output);
ic_status ic_webp_encode(const ic_picture *picture, int quality, ic_buffer *output);

/// The colour profile of an image (ICC.1), joined and inflated; `output->bytes` is null if it has none or a broken one.
ic_status ic_profile(const ic_input *input, const ic_header *header, ic_buffer *output);

/// Converts a picture to sRGB: by its profile if that can be read and is for its space, CMYK by the plain formula else.
/// The result is grey or RGB. A profile that is sRGB changes nothing.
ic_status ic_to_srgb(ic_picture *picture, const ic_buffer *profile);

/// How many scans a JPEG may have: each costs as much as a pass over the whole picture.
static inline int ic_scan_limit(uint64_t pixels) {
    uint64_t limit = 1000000000u / (pixels + 1);
    return limit < 16 ? 16 : limit > 200 ? 200 : (int)limit;
}

/// Whether the work is to stop.
static inline bool ic_stopped(const ic_input *input) {
    return input->stop != 0 && __atomic_load_n(input->stop, __ATOMIC_RELAXED) != 0;
}

static inline uint32_t ic_be32(const uint8_t *p) {
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}
static inline uint32_t ic_be16(const uint8_t *p) { return (uint32_t)p[0] << 8 | p[1]; }
static inline uint32_t ic_le32(const uint8_t *p) {
    return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

#endif
