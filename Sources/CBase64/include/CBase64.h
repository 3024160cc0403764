// Base64 (RFC 4648, section 4) at the speed of memory: for the images that come in and go out as text.
#ifndef CBASE64_H
#define CBASE64_H

#include <stddef.h>
#include <stdint.h>

/// What became of a text.
typedef struct {
    /// How many bytes were written.
    size_t written;
    /// The place of the first byte of the text that is wrong; meaningful only if `is_valid` is 0. It may be the text's length.
    size_t fault;
    /// 1 if all of the text was decoded.
    int is_valid;
} cbase64_result;

/// The room that `cbase64_decode` needs for a text of `length` bytes.
static inline size_t cbase64_decoded_room(size_t length) {
    return length / 4 * 3 + 3;
}

/// The length of the text that `count` bytes are written as.
static inline size_t cbase64_encoded_length(size_t count) {
    return (count / 3 + (count % 3 != 0)) * 4;
}

/// Decodes a text: padding is required, line ends (CR, LF) are passed over wherever they stand, everything else that is
/// not of the alphabet is a fault. That is what Go's `base64.StdEncoding` takes, and so what Ollama takes.
///
/// `output` has `cbase64_decoded_room(length)` bytes.
cbase64_result cbase64_decode(const uint8_t *text, size_t length, uint8_t *output);

/// The same without the vector unit, so that tests can compare the two.
cbase64_result cbase64_decode_plain(const uint8_t *text, size_t length, uint8_t *output);

/// Writes bytes as text, with padding and without line ends.
///
/// `output` has `cbase64_encoded_length(count)` bytes.
void cbase64_encode(const uint8_t *bytes, size_t count, uint8_t *output);

/// The same without the vector unit, so that tests can compare the two.
void cbase64_encode_plain(const uint8_t *bytes, size_t count, uint8_t *output);

#endif
