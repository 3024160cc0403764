// WebP's chunks (RFC 9649, section 2).

#include <stdlib.h>
#include <string.h>

#include "container.h"

enum { HAS_ANIMATION = 0x02, HAS_XMP = 0x04, HAS_EXIF = 0x08, HAS_ALPHA = 0x10 };

typedef struct {
    const uint8_t *type;
    /// The whole chunk with its head and padding, and its content.
    size_t start, end, content, length;
} chunk;

static bool next_chunk(const ic_input *input, size_t at, chunk *found) {
    if (at > input->count || input->count - at < 8) return false;
    size_t length = ic_le32(input->bytes + at + 4);
    if (length > input->count - at - 8) return false;
    size_t end = at + 8 + length;
    // The last padding is often missing.
    if (length % 2 == 1 && end < input->count) end++;
    *found = (chunk){input->bytes + at, at, end, at + 8, length};
    return true;
}

static bool is(const chunk *c, const char *type) { return memcmp(c->type, type, 4) == 0; }

static uint32_t le24(const uint8_t *p) { return (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0]; }

/// What the image data itself says; false if it is damaged.
static bool read_image(const ic_input *input, const chunk *c, ic_header *header, bool is_extended) {
    const uint8_t *content = input->bytes + c->content;
    if (is(c, "VP8L")) {
        if (c->length < 5 || content[0] != 0x2F) return false;
        uint32_t bits = ic_le32(content + 1);
        header->needs_whole_image = true;
        if (is_extended) return true;
        header->width = (bits & 0x3FFF) + 1;
        header->height = (bits >> 14 & 0x3FFF) + 1;
        header->has_alpha = bits >> 28 & 1;
        return true;
    }
    if (c->length < 10 || memcmp(content + 3, "\x9D\x01\x2A", 3) != 0) return false;
    if (is_extended) return true;
    header->width = ((uint32_t)content[7] << 8 | content[6]) & 0x3FFF;
    header->height = ((uint32_t)content[9] << 8 | content[8]) & 0x3FFF;
    return true;
}

ic_status ic_webp_inspect(const ic_input *input, ic_header *header) {
    chunk c;
    bool is_extended = false, has_image = false;
    header->components = 3;
    for (size_t at = 12; next_chunk(input, at, &c); at = c.end) {
        const uint8_t *content = input->bytes + c.content;
        if (is(&c, "VP8X") && at == 12) {
            if (c.length < 10) return IC_BROKEN;
            is_extended = true;
            header->has_alpha = content[0] & HAS_ALPHA;
            header->is_animated = content[0] & HAS_ANIMATION;
            header->width = le24(content + 4) + 1;
            header->height = le24(content + 7) + 1;
        } else if ((is(&c, "VP8 ") || is(&c, "VP8L")) && !has_image) {
            has_image = true;
            if (!read_image(input, &c, header, is_extended)) return IC_BROKEN;
            if (!is_extended) return IC_OK;
        } else if (is(&c, "ANMF")) {
            has_image = true;
        } else if (is(&c, "EXIF")) {
            header->orientation = ic_exif_orientation(content, c.length);
        }
    }
    return has_image ? IC_OK : IC_BROKEN;
}

static void put_le32(uint8_t *p, uint32_t value) {
    for (int i = 0; i < 4; i++) p[i] = (uint8_t)(value >> 8 * i);
}

ic_status ic_webp_strip(const ic_input *input, ic_buffer *output) {
    static const char *const kept[] = {"VP8X", "VP8 ", "VP8L", "ALPH", "ANIM", "ANMF", "ICCP"};
    uint8_t *bytes = malloc(input->count + 1);
    if (!bytes) return IC_NO_MEMORY;
    memcpy(bytes, input->bytes, 12);
    size_t count = 12;
    chunk c;
    for (size_t at = 12; next_chunk(input, at, &c); at = c.end) {
        bool is_kept = false;
        for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) is_kept = is_kept || is(&c, kept[i]);
        if (!is_kept) continue;
        memcpy(bytes + count, input->bytes + c.start, c.end - c.start);
        if (is(&c, "VP8X")) bytes[count + 8] &= (uint8_t) ~(HAS_EXIF | HAS_XMP);
        count += c.end - c.start;
        if (count % 2 == 1) bytes[count++] = 0;
    }
    put_le32(bytes + 4, (uint32_t)(count - 8));
    *output = (ic_buffer){bytes, count};
    return IC_OK;
}

ic_status ic_webp_profile(const ic_input *input, ic_buffer *output) {
    chunk c;
    for (size_t at = 12; next_chunk(input, at, &c); at = c.end) {
        if (!is(&c, "ICCP")) continue;
        if (c.length == 0 || c.length > IC_MAX_PROFILE) return IC_OK;
        uint8_t *bytes = malloc(c.length);
        if (!bytes) return IC_NO_MEMORY;
        memcpy(bytes, input->bytes + c.content, c.length);
        *output = (ic_buffer){bytes, c.length};
        return IC_OK;
    }
    return IC_OK;
}
