// JPEG's segments (ITU-T T.81, annex B).

#include <stdlib.h>
#include <string.h>

#include "container.h"

enum { SOI = 0xD8, EOI = 0xD9, SOS = 0xDA, APP0 = 0xE0, APP1 = 0xE1, APP2 = 0xE2, APP14 = 0xEE, APP15 = 0xEF, COM = 0xFE };

typedef struct {
    int marker;
    /// The whole segment with its marker, and its content.
    size_t start, end, content;
} segment;

/// The next marker from `at` on, with its segment; false at the end of the data.
static bool next_segment(const ic_input *input, size_t at, segment *found) {
    const uint8_t *bytes = input->bytes;
    // Fill bytes may stand before a marker, and decoders pass over what else does.
    while (at + 1 < input->count && !(bytes[at] == 0xFF && bytes[at + 1] != 0 && bytes[at + 1] != 0xFF)) at++;
    if (at + 1 >= input->count) return false;
    *found = (segment){bytes[at + 1], at, at + 2, at + 2};
    bool stands_alone = found->marker == SOI || found->marker == EOI || found->marker == 1
        || (found->marker >= 0xD0 && found->marker <= 0xD7);
    if (stands_alone) return true;
    if (at + 4 > input->count) return false;
    size_t length = ic_be16(bytes + at + 2);
    if (length < 2 || length > input->count - at - 2) return false;
    found->content = at + 4;
    found->end = at + 2 + length;
    return true;
}

/// The end of a scan's data: the next marker that is not a restart.
static size_t scan_end(const ic_input *input, size_t at) {
    const uint8_t *bytes = input->bytes;
    while (at < input->count) {
        const uint8_t *mark = memchr(bytes + at, 0xFF, input->count - at);
        if (!mark) return input->count;
        at = (size_t)(mark - bytes);
        if (at + 1 >= input->count) return input->count;
        uint8_t code = bytes[at + 1];
        if (code != 0 && code != 0xFF && !(code >= 0xD0 && code <= 0xD7)) return at;
        at += code == 0xFF ? 1 : 2;
    }
    return input->count;
}

static bool is_frame(int marker) {
    return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
}

static ic_status read_frame(const ic_input *input, const segment *s, ic_header *header) {
    const uint8_t *content = input->bytes + s->content;
    if (s->end - s->content < 6) return IC_BROKEN;
    // Baseline, extended and progressive Huffman: all that cameras and programs write.
    if (s->marker > 0xC2 || content[0] != 8) return IC_UNSUPPORTED;
    header->height = ic_be16(content + 1);
    header->width = ic_be16(content + 3);
    header->components = content[5];
    if (header->components != 1 && header->components != 3 && header->components != 4) return IC_UNSUPPORTED;
    return IC_OK;
}

ic_status ic_jpeg_inspect(const ic_input *input, ic_header *header) {
    segment s;
    int scans = 0;
    for (size_t at = 2; next_segment(input, at, &s); at = s.end) {
        size_t length = s.end - s.content;
        if (s.marker == EOI) break;
        if (is_frame(s.marker) && header->width == 0) {
            ic_status status = read_frame(input, &s, header);
            if (status != IC_OK) return status;
            header->needs_whole_image = s.marker == 0xC2;
            // Before the scans are counted: what is too large is not looked through.
            if ((uint64_t)header->width * header->height > input->limits.max_pixels) return IC_TOO_LARGE;
        } else if (s.marker == APP1 && length > 6 && memcmp(input->bytes + s.content, "Exif\0\0", 6) == 0) {
            if (header->orientation == 1) header->orientation = ic_exif_orientation(input->bytes + s.content, length);
        } else if (s.marker == SOS) {
            if (header->width == 0) return IC_BROKEN;
            if (++scans > ic_scan_limit((uint64_t)header->width * header->height)) return IC_TOO_COMPLEX;
            if (scans > 1) header->needs_whole_image = true;
            // A scan of all components without refinement is the only one.
            bool is_whole = !header->needs_whole_image && length > 0 && input->bytes[s.content] == header->components;
            if (is_whole) return IC_OK;
            s.end = scan_end(input, s.end);
        }
    }
    return scans > 0 ? IC_OK : IC_BROKEN;
}

static bool is_kept(const ic_input *input, const segment *s) {
    const uint8_t *content = input->bytes + s->content;
    size_t length = s->end - s->content;
    switch (s->marker) {
    case COM: return false;
    case APP0: return length >= 5 && memcmp(content, "JFIF\0", 5) == 0;
    case APP2: return length >= 12 && memcmp(content, "ICC_PROFILE\0", 12) == 0;
    case APP14: return length >= 5 && memcmp(content, "Adobe", 5) == 0;
    default: return s->marker < APP0 || s->marker > APP15;
    }
}

ic_status ic_jpeg_strip(const ic_input *input, ic_buffer *output) {
    uint8_t *bytes = malloc(input->count + 2);
    if (!bytes) return IC_NO_MEMORY;
    memcpy(bytes, "\xFF\xD8", 2);
    size_t count = 2;
    segment s;
    // What stands behind the end, such as a second picture or a film, is not part of this one.
    for (size_t at = 2; next_segment(input, at, &s) && s.marker != EOI; at = s.end) {
        if (s.marker == SOS) s.end = scan_end(input, s.end);
        if (!is_kept(input, &s)) continue;
        memcpy(bytes + count, input->bytes + s.start, s.end - s.start);
        count += s.end - s.start;
    }
    memcpy(bytes + count, "\xFF\xD9", 2);
    *output = (ic_buffer){bytes, count + 2};
    return IC_OK;
}

ic_status ic_jpeg_profile(const ic_input *input, ic_buffer *output) {
    // Parts are numbered from 1 and say how many there are; they may come in any order.
    const uint8_t *parts[256] = {0};
    size_t lengths[256] = {0}, total = 0;
    unsigned number = 0, found = 0;
    segment s;
    for (size_t at = 2; next_segment(input, at, &s) && s.marker != SOS && s.marker != EOI; at = s.end) {
        const uint8_t *content = input->bytes + s.content;
        size_t length = s.end - s.content;
        if (s.marker != APP2 || length < 14 || memcmp(content, "ICC_PROFILE\0", 12) != 0) continue;
        unsigned index = content[12];
        if (index == 0 || parts[index] || (number != 0 && number != content[13])) return IC_OK;
        number = content[13];
        parts[index] = content + 14;
        lengths[index] = length - 14;
        total += length - 14;
        found++;
    }
    if (found == 0 || found != number || total > IC_MAX_PROFILE || total == 0) return IC_OK;
    uint8_t *bytes = malloc(total);
    if (!bytes) return IC_NO_MEMORY;
    size_t count = 0;
    for (unsigned i = 1; i <= number; i++) {
        // With as many parts as there should be, one that is missing means one with a number too high.
        if (!parts[i]) {
            free(bytes);
            return IC_OK;
        }
        memcpy(bytes + count, parts[i], lengths[i]);
        count += lengths[i];
    }
    *output = (ic_buffer){bytes, count};
    return IC_OK;
}
