#include "CBase64.h"
#include "vectors.h"

// MARK: Tables

/// Above the 24 bits of four digits: this is no digit.
#define FOREIGN 0xFF000000u
#define VALUE(c)                               \
    ((c) >= 'A' && (c) <= 'Z'   ? (c) - 'A'      \
     : (c) >= 'a' && (c) <= 'z' ? (c) - 'a' + 26 \
     : (c) >= '0' && (c) <= '9' ? (c) - '0' + 52 \
     : (c) == '+'               ? 62             \
     : (c) == '/'               ? 63             \
                                : -1)
#define ENTRY(c, shift) (VALUE(c) < 0 ? FOREIGN : (uint32_t)VALUE(c) << (shift))
#define FOUR(c, shift) ENTRY(c, shift), ENTRY((c) + 1, shift), ENTRY((c) + 2, shift), ENTRY((c) + 3, shift)
#define SIXTEEN(c, shift) FOUR(c, shift), FOUR((c) + 4, shift), FOUR((c) + 8, shift), FOUR((c) + 12, shift)
#define SIXTY_FOUR(c, shift) \
    SIXTEEN(c, shift), SIXTEEN((c) + 16, shift), SIXTEEN((c) + 32, shift), SIXTEEN((c) + 48, shift)
#define TABLE(shift) \
    {SIXTY_FOUR(0, shift), SIXTY_FOUR(64, shift), SIXTY_FOUR(128, shift), SIXTY_FOUR(192, shift)}

/// The value of a digit by its place in a group of four.
static const uint32_t places[4][256] = {TABLE(18), TABLE(12), TABLE(6), TABLE(0)};

static const uint8_t alphabet[64] = {
    'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J', 'K', 'L', 'M', 'N', 'O', 'P', 'Q', 'R', 'S', 'T', 'U', 'V',
    'W', 'X', 'Y', 'Z', 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o', 'p', 'q', 'r',
    's', 't', 'u', 'v', 'w', 'x', 'y', 'z', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '+', '/'};

// MARK: Decoding

typedef struct {
    const uint8_t *text;
    size_t length;
    size_t index;
    uint8_t *output;
    size_t written;
} reader;

static cbase64_result fault_at(const reader *reader, size_t index) {
    const cbase64_result result = {reader->written, index, 0};
    return result;
}

static int is_line_end(uint8_t byte) {
    return byte == '\r' || byte == '\n';
}

static void skip_line_ends(reader *reader) {
    while (reader->index < reader->length && is_line_end(reader->text[reader->index])) reader->index += 1;
}

/// Groups of four digits one after another, up to a bound or to the first that is not whole.
static void decode_groups(reader *reader, size_t bound) {
    const uint8_t *text = reader->text + reader->index;
    uint8_t *output = reader->output + reader->written;
    size_t groups = (reader->length - reader->index) / 4;
    if (groups > bound) groups = bound;
    size_t done = 0;
    for (; done < groups; done++) {
        const uint32_t value =
            places[0][text[0]] | places[1][text[1]] | places[2][text[2]] | places[3][text[3]];
        if (value >= 1u << 24) break;
        output[0] = (uint8_t)(value >> 16);
        output[1] = (uint8_t)(value >> 8);
        output[2] = (uint8_t)value;
        text += 4;
        output += 3;
    }
    reader->index += done * 4;
    reader->written += done * 3;
}

/// What follows the first `=` of a group that had `count` digits, 2 or 3: another where two are due, and nothing more.
static int is_ended(reader *reader, int count, size_t *fault) {
    if (count == 2) {
        skip_line_ends(reader);
        if (reader->index == reader->length) {
            *fault = reader->length;
            return 0;
        }
        if (reader->text[reader->index] != '=') {
            *fault = reader->index - 1;
            return 0;
        }
        reader->index += 1;
    }
    skip_line_ends(reader);
    *fault = reader->index;
    return reader->index == reader->length;
}

/// The outcome of one group that is read with care.
enum outcome { whole, ended, faulty };

/// Reads a group that may have line ends in it or may be the last one.
static enum outcome decode_carefully(reader *reader, size_t *fault) {
    uint32_t value = 0;
    int count = 0;
    while (count < 4) {
        if (reader->index == reader->length) {
            *fault = reader->index - (size_t)count;
            return count == 0 ? ended : faulty;
        }
        const uint8_t byte = reader->text[reader->index++];
        const uint32_t digit = places[3][byte];
        if (digit != FOREIGN) {
            value = value << 6 | digit;
            count += 1;
        } else if (byte == '=' && count >= 2) {
            if (!is_ended(reader, count, fault)) return faulty;
            value <<= 6 * (4 - count);
            reader->output[reader->written++] = (uint8_t)(value >> 16);
            if (count == 3) reader->output[reader->written++] = (uint8_t)(value >> 8);
            return ended;
        } else if (!is_line_end(byte)) {
            *fault = reader->index - 1;
            return faulty;
        }
    }
    reader->output[reader->written++] = (uint8_t)(value >> 16);
    reader->output[reader->written++] = (uint8_t)(value >> 8);
    reader->output[reader->written++] = (uint8_t)value;
    return whole;
}

static cbase64_result decode(const uint8_t *text, size_t length, uint8_t *output, int is_vectored) {
    reader reader = {text, length, 0, output, 0};
    while (1) {
        if (is_vectored) {
            const size_t done = cbase64_decode_blocks(text + reader.index, length - reader.index, output + reader.written);
            reader.index += done;
            reader.written += done / 4 * 3;
        }
        // What stopped the vectors lies within the next block or in the last two; behind that they try again.
        decode_groups(&reader, is_vectored ? 12 : SIZE_MAX);
        size_t fault = 0;
        switch (decode_carefully(&reader, &fault)) {
        case whole: break;
        case faulty: return fault_at(&reader, fault);
        case ended: {
            const cbase64_result result = {reader.written, 0, 1};
            return result;
        }
        }
    }
}

cbase64_result cbase64_decode(const uint8_t *text, size_t length, uint8_t *output) {
    return decode(text, length, output, 1);
}

cbase64_result cbase64_decode_plain(const uint8_t *text, size_t length, uint8_t *output) {
    return decode(text, length, output, 0);
}

// MARK: Encoding

void cbase64_encode_plain(const uint8_t *bytes, size_t count, uint8_t *output) {
    for (; count >= 3; count -= 3, bytes += 3, output += 4) {
        const uint32_t value = (uint32_t)bytes[0] << 16 | (uint32_t)bytes[1] << 8 | bytes[2];
        output[0] = alphabet[value >> 18];
        output[1] = alphabet[value >> 12 & 63];
        output[2] = alphabet[value >> 6 & 63];
        output[3] = alphabet[value & 63];
    }
    if (count == 0) return;
    const uint32_t value = (uint32_t)bytes[0] << 16 | (count == 2 ? (uint32_t)bytes[1] << 8 : 0);
    output[0] = alphabet[value >> 18];
    output[1] = alphabet[value >> 12 & 63];
    output[2] = count == 2 ? alphabet[value >> 6 & 63] : '=';
    output[3] = '=';
}

void cbase64_encode(const uint8_t *bytes, size_t count, uint8_t *output) {
    const size_t done = cbase64_encode_blocks(bytes, count, output);
    cbase64_encode_plain(bytes + done, count - done, output + done / 3 * 4);
}
