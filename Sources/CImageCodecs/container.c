#include "container.h"

#include <string.h>

static ic_format format_of(const uint8_t *bytes, size_t count) {
    if (count >= 3 && memcmp(bytes, "\xFF\xD8\xFF", 3) == 0) return IC_JPEG;
    if (count >= 8 && memcmp(bytes, "\x89PNG\r\n\x1A\n", 8) == 0) return IC_PNG;
    if (count >= 12 && memcmp(bytes, "RIFF", 4) == 0 && memcmp(bytes + 8, "WEBP", 4) == 0) return IC_WEBP;
    return IC_UNKNOWN;
}

static uint64_t smaller(uint64_t one, uint64_t two) { return one < two ? one : two; }

/// What decoding takes at most, the result of up to 2667 pixels a side included.
static uint64_t working_bytes(const ic_header *header) {
    uint64_t pixels = (uint64_t)header->width * header->height;
    uint64_t results = 3 * 4 * smaller(pixels, (uint64_t)2667 * 2667);
    // The rows that the filter needs, and what a library holds for itself.
    uint64_t rows = (uint64_t)header->width * 4 * 40 + (1u << 20);
    switch (header->format) {
    case IC_JPEG:
        return rows + results + (header->needs_whole_image ? pixels * 2 * (uint64_t)header->components : 0);
    case IC_PNG: return rows + results + (header->needs_whole_image ? pixels * 8 : 0);
    default: {
        // An animation's frame stands on a canvas, and what is not lossless is decoded to twice the result.
        uint64_t decoded = header->is_animated ? pixels * 8 : 4 * smaller(pixels, (uint64_t)4 * 2667 * 2667);
        return rows + results + decoded + (header->needs_whole_image ? pixels * 4 : 0);
    }
    }
}

static ic_status inspect(const ic_input *input, ic_header *header) {
    switch (header->format) {
    case IC_JPEG: return ic_jpeg_inspect(input, header);
    case IC_PNG: return ic_png_inspect(input, header);
    case IC_WEBP: return ic_webp_inspect(input, header);
    default: return IC_BROKEN;
    }
}

ic_status ic_inspect(const ic_input *input, ic_header *header) {
    *header = (ic_header){.format = format_of(input->bytes, input->count), .orientation = 1};
    ic_status status = inspect(input, header);
    if (status != IC_OK) return status;
    if (header->width == 0 || header->height == 0) return IC_BROKEN;
    if (header->width > IC_MAX_SIDE || header->height > IC_MAX_SIDE
        || (uint64_t)header->width * header->height > input->limits.max_pixels) return IC_TOO_LARGE;
    header->working_bytes = working_bytes(header);
    return header->working_bytes > input->limits.max_memory ? IC_TOO_COMPLEX : IC_OK;
}

ic_status ic_strip(const ic_input *input, const ic_header *header, ic_buffer *output) {
    *output = (ic_buffer){0, 0};
    switch (header->format) {
    case IC_JPEG: return ic_jpeg_strip(input, output);
    case IC_PNG: return ic_png_strip(input, output);
    case IC_WEBP: return ic_webp_strip(input, output);
    default: return IC_BROKEN;
    }
}

ic_status ic_profile(const ic_input *input, const ic_header *header, ic_buffer *output) {
    *output = (ic_buffer){0, 0};
    switch (header->format) {
    case IC_JPEG: return ic_jpeg_profile(input, output);
    case IC_PNG: return ic_png_profile(input, output);
    case IC_WEBP: return ic_webp_profile(input, output);
    default: return IC_OK;
    }
}

// MARK: EXIF

static uint32_t word16(const uint8_t *p, bool is_big) { return is_big ? ic_be16(p) : (uint32_t)p[1] << 8 | p[0]; }
static uint32_t word32(const uint8_t *p, bool is_big) { return is_big ? ic_be32(p) : ic_le32(p); }

int ic_exif_orientation(const uint8_t *bytes, size_t count) {
    // Some writers put the mark of a JPEG segment before the block in other containers as well.
    if (count >= 6 && memcmp(bytes, "Exif\0\0", 6) == 0) {
        bytes += 6;
        count -= 6;
    }
    if (count < 8) return 1;
    bool is_big = memcmp(bytes, "MM", 2) == 0;
    if (!is_big && memcmp(bytes, "II", 2) != 0) return 1;
    if (word16(bytes + 2, is_big) != 42) return 1;
    uint32_t start = word32(bytes + 4, is_big);
    if (start > count - 2) return 1;
    uint32_t entries = word16(bytes + start, is_big);
    for (size_t at = (size_t)start + 2; entries > 0 && at + 12 <= count; entries--, at += 12) {
        // Tag 0x0112, one SHORT (type 3).
        if (word16(bytes + at, is_big) != 0x0112) continue;
        if (word16(bytes + at + 2, is_big) != 3 || word32(bytes + at + 4, is_big) != 1) return 1;
        uint32_t value = word16(bytes + at + 8, is_big);
        return value >= 1 && value <= 8 ? (int)value : 1;
    }
    return 1;
}
