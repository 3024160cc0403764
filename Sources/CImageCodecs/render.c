// From an image as it came to one as it is sent: decoded and scaled in one go, converted, turned, written.

#include <stdlib.h>
#include <string.h>

#include "internal.h"
#include "resize.h"

void ic_free(ic_buffer *buffer) {
    free(buffer->bytes);
    *buffer = (ic_buffer){0, 0};
}

/// A side of the result: never 0, never larger than before.
static uint32_t scaled(uint32_t side, uint32_t longest, uint32_t max_dimension) {
    if (longest <= max_dimension) return side;
    uint32_t result = (uint32_t)(((uint64_t)side * max_dimension + longest / 2) / longest);
    return result < 1 ? 1 : result;
}

static ic_status decode(ic_decoding *decoding) {
    switch (decoding->header->format) {
    case IC_JPEG: return ic_jpeg_decode(decoding);
    case IC_PNG: return ic_png_decode(decoding);
    case IC_WEBP: return ic_webp_decode(decoding);
    default: return IC_UNSUPPORTED;
    }
}

/// Decodes to the final size.
static ic_status load(const ic_input *input, const ic_header *header, uint32_t side, ic_picture *picture, bool *truncated) {
    uint32_t longest = header->width > header->height ? header->width : header->height;
    ic_decoding decoding = {
        .input = input,
        .header = header,
        .target_width = scaled(header->width, longest, side),
        .target_height = scaled(header->height, longest, side),
    };
    ic_resizer *resizer = ic_resizer_create(decoding.target_width, decoding.target_height, input->limits.max_memory);
    if (!resizer) return IC_NO_MEMORY;
    decoding.sink = ic_resizer_sink(resizer);
    ic_status status = decode(&decoding);
    if (status == IC_OK) status = ic_resizer_take(resizer, picture);
    *truncated = decoding.is_truncated;
    ic_resizer_destroy(resizer);
    return status;
}

// MARK: Turning

/// Where a pixel of the upright picture comes from: its place in the stored one, and the steps to the next in a row and in
/// a column.
typedef struct {
    ptrdiff_t start, across, down;
} path;

static path path_of(int orientation, uint32_t width, uint32_t height) {
    ptrdiff_t w = width, right = (ptrdiff_t)width - 1, bottom = ((ptrdiff_t)height - 1) * w;
    switch (orientation) {
    case 2: return (path){right, -1, w};
    case 3: return (path){bottom + right, -1, -w};
    case 4: return (path){bottom, 1, -w};
    case 5: return (path){0, w, 1};
    case 6: return (path){bottom, -w, 1};
    case 7: return (path){bottom + right, -w, -1};
    case 8: return (path){right, w, -1};
    default: return (path){0, 1, w};
    }
}

/// In blocks, so that the lines of a cache are used while they are there.
enum { block = 16 };

#define TURN(type)                                                                        \
    static void turn_##type(const type *from, type *to, uint32_t w, uint32_t h, path p) { \
        for (uint32_t top = 0; top < h; top += block)                                     \
            for (uint32_t left = 0; left < w; left += block)                              \
                for (uint32_t y = top; y < h && y < top + block; y++)                     \
                    for (uint32_t x = left; x < w && x < left + block; x++)               \
                        to[(size_t)y * w + x] = from[p.start + x * p.across + y * p.down]; \
    }

TURN(uint8_t)
TURN(uint32_t)

static ic_status turn_upright(ic_picture *picture, int orientation) {
    if (orientation <= 1 || orientation > 8) return IC_OK;
    uint32_t width = orientation > 4 ? picture->height : picture->width;
    uint32_t height = orientation > 4 ? picture->width : picture->height;
    path p = path_of(orientation, picture->width, picture->height);
    void *pixels = malloc((size_t)width * height * ic_channels(picture->space));
    if (!pixels) return IC_NO_MEMORY;
    if (picture->space == IC_SPACE_GREY) turn_uint8_t(picture->pixels, pixels, width, height, p);
    else turn_uint32_t((const uint32_t *)(const void *)picture->pixels, pixels, width, height, p);
    free(picture->pixels);
    picture->pixels = pixels;
    picture->width = width;
    picture->height = height;
    return IC_OK;
}

// MARK: Writing

static void flatten_on_white(ic_picture *picture) {
    if (!picture->has_alpha) return;
    for (size_t i = 0; i < ic_stride(picture) * picture->height; i += 4) {
        uint8_t *pixel = picture->pixels + i;
        uint32_t alpha = pixel[3];
        for (int c = 0; c < 3; c++) pixel[c] = (uint8_t)((pixel[c] * alpha + 255 * (255 - alpha) + 127) / 255);
        pixel[3] = 255;
    }
    picture->has_alpha = false;
}

static ic_status encode(ic_picture *picture, const ic_rendition *rendition, ic_buffer *output) {
    switch (rendition->format) {
    case IC_JPEG:
        flatten_on_white(picture);
        return ic_jpeg_encode(picture, rendition->quality, output);
    case IC_PNG: return ic_png_encode(picture, rendition->png_level, output);
    case IC_WEBP: return ic_webp_encode(picture, rendition->quality, output);
    default: return IC_UNSUPPORTED;
    }
}

ic_status ic_render(const ic_input *input, const ic_header *header, const ic_rendition *rendition, ic_result *result) {
    ic_picture picture = {0};
    ic_buffer profile = {0};
    *result = (ic_result){0};
    ic_status status = load(input, header, rendition->max_dimension, &picture, &result->is_truncated);
    if (status == IC_OK) status = ic_profile(input, header, &profile);
    if (status == IC_OK) status = ic_to_srgb(&picture, &profile);
    if (status == IC_OK) status = turn_upright(&picture, header->orientation);
    if (status == IC_OK && ic_stopped(input)) status = IC_STOPPED;
    if (status == IC_OK) status = encode(&picture, rendition, &result->image);
    result->width = picture.width;
    result->height = picture.height;
    ic_free(&profile);
    free(picture.pixels);
    return status;
}
