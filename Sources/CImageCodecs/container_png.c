// PNG's chunks (W3C PNG specification, sections 5 and 11).

#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "container.h"

/// Reading a chunk costs little, but not nothing.
#define MAX_CHUNKS 100000

typedef struct {
    const uint8_t *type;
    /// The whole chunk with its length and check sum, and its content.
    size_t start, end, content, length;
} chunk;

static bool next_chunk(const ic_input *input, size_t at, chunk *found) {
    if (at > input->count || input->count - at < 12) return false;
    size_t length = ic_be32(input->bytes + at);
    if (length > input->count - at - 12) return false;
    *found = (chunk){input->bytes + at + 4, at, at + 12 + length, at + 8, length};
    return true;
}

static bool is(const chunk *c, const char *type) { return memcmp(c->type, type, 4) == 0; }

static ic_status read_header(const ic_input *input, const chunk *c, ic_header *header) {
    const uint8_t *content = input->bytes + c->content;
    if (!is(c, "IHDR") || c->length != 13) return IC_BROKEN;
    int depth = content[8], colours = content[9];
    bool is_small = depth == 1 || depth == 2 || depth == 4;
    bool is_valid = colours == 0 ? is_small || depth == 8 || depth == 16
        : colours == 3           ? is_small || depth == 8
                                 : (colours == 2 || colours == 4 || colours == 6) && (depth == 8 || depth == 16);
    if (!is_valid || content[10] != 0 || content[11] != 0 || content[12] > 1) return IC_BROKEN;
    header->width = ic_be32(content);
    header->height = ic_be32(content + 4);
    header->has_alpha = colours == 4 || colours == 6;
    header->components = colours == 0 || colours == 4 ? 1 : 3;
    header->needs_whole_image = content[12] == 1;
    return IC_OK;
}

ic_status ic_png_inspect(const ic_input *input, ic_header *header) {
    chunk c;
    if (!next_chunk(input, 8, &c)) return IC_BROKEN;
    ic_status status = read_header(input, &c, header);
    if (status != IC_OK) return status;
    bool has_data = false;
    for (unsigned chunks = 0; next_chunk(input, c.end, &c) && !is(&c, "IEND"); chunks++) {
        if (chunks > MAX_CHUNKS) return IC_TOO_COMPLEX;
        if (is(&c, "IDAT")) has_data = true;
        else if (is(&c, "tRNS")) header->has_alpha = true;
        else if (is(&c, "acTL")) header->is_animated = true;
        else if (is(&c, "eXIf")) header->orientation = ic_exif_orientation(input->bytes + c.content, c.length);
    }
    return has_data ? IC_OK : IC_BROKEN;
}

static bool is_kept(const chunk *c) {
    static const char *const shown[] = {"tRNS", "gAMA", "cHRM", "sRGB", "iCCP", "cICP", "sBIT", "bKGD", "pHYs"};
    // A chunk that begins with a capital is critical.
    if (c->type[0] >= 'A' && c->type[0] <= 'Z') return true;
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++)
        if (is(c, shown[i])) return true;
    return false;
}

ic_status ic_png_strip(const ic_input *input, ic_buffer *output) {
    uint8_t *bytes = malloc(input->count);
    if (!bytes) return IC_NO_MEMORY;
    memcpy(bytes, input->bytes, 8);
    size_t count = 8;
    chunk c;
    for (size_t at = 8; next_chunk(input, at, &c); at = c.end) {
        if (!is_kept(&c)) continue;
        memcpy(bytes + count, input->bytes + c.start, c.end - c.start);
        count += c.end - c.start;
        if (is(&c, "IEND")) break;
    }
    *output = (ic_buffer){bytes, count};
    return IC_OK;
}

/// Inflates a profile, up to the largest that is used; empty if it is larger or damaged.
static ic_status inflate_profile(const uint8_t *bytes, size_t count, ic_buffer *output) {
    uint8_t *result = malloc(IC_MAX_PROFILE);
    if (!result) return IC_NO_MEMORY;
    uLongf length = IC_MAX_PROFILE;
    if (uncompress(result, &length, bytes, (uLong)count) != Z_OK || length == 0) {
        free(result);
        return IC_OK;
    }
    *output = (ic_buffer){result, length};
    return IC_OK;
}

ic_status ic_png_profile(const ic_input *input, ic_buffer *output) {
    chunk c;
    for (size_t at = 8; next_chunk(input, at, &c) && !is(&c, "IDAT"); at = c.end) {
        // What says that it is sRGB means it.
        if (is(&c, "sRGB")) return IC_OK;
        if (!is(&c, "iCCP")) continue;
        const uint8_t *content = input->bytes + c.content;
        const uint8_t *name_end = memchr(content, 0, c.length < 80 ? c.length : 80);
        if (!name_end) return IC_OK;
        size_t used = (size_t)(name_end - content) + 2;
        if (used >= c.length || name_end[1] != 0) return IC_OK;
        return inflate_profile(content + used, c.length - used, output);
    }
    return IC_OK;
}
