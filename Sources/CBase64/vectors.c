// Source of the method: W. Muła, D. Lemire, "Faster Base64 Encoding and Decoding Using AVX2 Instructions", ACM
// Transactions on the Web 12 (2018).
#include "vectors.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))

/// The same 16 bytes in both halves of a vector, as the byte shuffles see them.
#define BOTH(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p) \
    _mm256_setr_epi8(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p)

// A digit is told by its two halves: each half byte selects a set of bits, and a byte is no digit exactly if the two sets
// have a bit in common. Bit 0: only + and / of 0x2_. Bit 1: not the upper half of 0x3_. Bit 2: not the first of 0x4_ and
// 0x6_. Bit 3: not the end of 0x5_ and 0x7_. Bit 4: no digit at all has this upper half.
AVX2 static inline int is_foreign(__m256i text, __m256i upper) {
    const __m256i of_lower = BOTH(0x15, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11,
                                  0x11, 0x11, 0x13, 0x1A, 0x1B, 0x1B, 0x1B, 0x1A);
    const __m256i of_upper = BOTH(0x10, 0x10, 0x01, 0x02, 0x04, 0x08, 0x04, 0x08,
                                  0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10);
    const __m256i lower = _mm256_and_si256(text, _mm256_set1_epi8(0x0F));
    return !_mm256_testz_si256(_mm256_shuffle_epi8(of_lower, lower), _mm256_shuffle_epi8(of_upper, upper));
}

/// The value of each digit: what is to be added depends on the upper half alone, but for the slash.
AVX2 static inline __m256i values(__m256i text, __m256i upper) {
    const __m256i distance = BOTH(0, 63 - '/', 62 - '+', 52 - '0', 0 - 'A', 0 - 'A', 26 - 'a', 26 - 'a',
                                  0, 0, 0, 0, 0, 0, 0, 0);
    // -1 where there is a slash: its place in the table is the one before that of the plus.
    const __m256i slash = _mm256_cmpeq_epi8(text, _mm256_set1_epi8('/'));
    return _mm256_add_epi8(text, _mm256_shuffle_epi8(distance, _mm256_add_epi8(upper, slash)));
}

/// Four values of six bits become three bytes, in the first 24 bytes of the result.
AVX2 static inline __m256i packed(__m256i values) {
    const __m256i pairs = _mm256_maddubs_epi16(values, _mm256_set1_epi32(0x01400140));
    const __m256i words = _mm256_madd_epi16(pairs, _mm256_set1_epi32(0x00011000));
    const __m256i bytes = _mm256_shuffle_epi8(words, BOTH(2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1));
    return _mm256_permutevar8x32_epi32(bytes, _mm256_setr_epi32(0, 1, 2, 4, 5, 6, 7, 7));
}

AVX2 static size_t decode_blocks(const uint8_t *text, size_t length, uint8_t *output) {
    size_t done = 0;
    // 24 bytes count of the 32 that are written: the 12 digits behind the block have room for the other 8.
    while (length - done >= 44) {
        const __m256i digits = _mm256_loadu_si256((const __m256i *)(text + done));
        const __m256i upper = _mm256_and_si256(_mm256_srli_epi32(digits, 4), _mm256_set1_epi8(0x0F));
        if (is_foreign(digits, upper)) break;
        _mm256_storeu_si256((__m256i *)output, packed(values(digits, upper)));
        output += 24;
        done += 32;
    }
    return done;
}

AVX2 static size_t encode_blocks(const uint8_t *bytes, size_t count, uint8_t *output) {
    const __m256i spread = BOTH(1, 0, 2, 1, 4, 3, 5, 4, 7, 6, 8, 7, 10, 9, 11, 10);
    // What is added to a value: by where it lies, 0 for 26...51, 1...10 for the numerals, 11 and 12 for + and /, 13 for
    // the capitals.
    const __m256i distance = BOTH('a' - 26, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52,
                                  '0' - 52, '0' - 52, '0' - 52, '+' - 62, '/' - 63, 'A', 0, 0);
    size_t done = 0;
    // Two loads of 16 bytes of which 12 count.
    while (count - done >= 28) {
        const __m128i low = _mm_loadu_si128((const __m128i *)(bytes + done));
        const __m128i high = _mm_loadu_si128((const __m128i *)(bytes + done + 12));
        const __m256i triples = _mm256_shuffle_epi8(_mm256_set_m128i(high, low), spread);
        const __m256i odd = _mm256_mulhi_epu16(_mm256_and_si256(triples, _mm256_set1_epi32(0x0FC0FC00)),
                                               _mm256_set1_epi32(0x04000040));
        const __m256i even = _mm256_mullo_epi16(_mm256_and_si256(triples, _mm256_set1_epi32(0x003F03F0)),
                                                _mm256_set1_epi32(0x01000010));
        const __m256i values = _mm256_or_si256(odd, even);
        const __m256i beyond = _mm256_subs_epu8(values, _mm256_set1_epi8(51));
        const __m256i capital = _mm256_cmpgt_epi8(_mm256_set1_epi8(26), values);
        const __m256i place = _mm256_or_si256(beyond, _mm256_and_si256(capital, _mm256_set1_epi8(13)));
        _mm256_storeu_si256((__m256i *)output, _mm256_add_epi8(values, _mm256_shuffle_epi8(distance, place)));
        output += 32;
        done += 24;
    }
    return done;
}

size_t cbase64_decode_blocks(const uint8_t *text, size_t length, uint8_t *output) {
    return __builtin_cpu_supports("avx2") ? decode_blocks(text, length, output) : 0;
}

size_t cbase64_encode_blocks(const uint8_t *bytes, size_t count, uint8_t *output) {
    return __builtin_cpu_supports("avx2") ? encode_blocks(bytes, count, output) : 0;
}

#else

size_t cbase64_decode_blocks(const uint8_t *text, size_t length, uint8_t *output) {
    (void)text, (void)length, (void)output;
    return 0;
}

size_t cbase64_encode_blocks(const uint8_t *bytes, size_t count, uint8_t *output) {
    (void)bytes, (void)count, (void)output;
    return 0;
}

#endif
