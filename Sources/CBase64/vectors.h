// The vector kernels: whole blocks only, the rest is the caller's.
#ifndef CBASE64_VECTORS_H
#define CBASE64_VECTORS_H

#include <stddef.h>
#include <stdint.h>

/// Decodes blocks of 32 digits into 24 bytes each until something else than a digit turns up or the text is nearly at its
/// end. Returns how many digits were decoded. Does nothing on a machine without AVX2.
size_t cbase64_decode_blocks(const uint8_t *text, size_t length, uint8_t *output);

/// Encodes blocks of 24 bytes into 32 digits each. Returns how many bytes were encoded.
size_t cbase64_encode_blocks(const uint8_t *bytes, size_t count, uint8_t *output);

#endif
