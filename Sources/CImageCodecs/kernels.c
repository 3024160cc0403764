#include "kernels.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

enum { half = 1 << (IC_WEIGHT_BITS - 1) };

static inline uint8_t clamp(int32_t sum) {
    int32_t value = sum >> IC_WEIGHT_BITS;
    return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

static void vertical_plain(
    const uint8_t *const *rows, const int16_t *weights, uint32_t taps, uint8_t *output, size_t from, size_t count
) {
    // Blocks of sums stay in registers' reach, and the compiler turns the inner loop into vectors.
    enum { block = 256 };
    int32_t sums[block];
    for (size_t start = from; start < count; start += block) {
        size_t length = count - start < block ? count - start : block;
        for (size_t i = 0; i < length; i++) sums[i] = half;
        for (uint32_t tap = 0; tap < taps; tap++) {
            const uint8_t *row = rows[tap] + start;
            int32_t weight = weights[tap];
            for (size_t i = 0; i < length; i++) sums[i] += row[i] * weight;
        }
        for (size_t i = 0; i < length; i++) output[start + i] = clamp(sums[i]);
    }
}

static void horizontal4_plain(const uint8_t *row, const ic_filter *filter, uint8_t *output) {
    const int16_t *weights = filter->weights;
    for (uint32_t x = 0; x < filter->count; x++, weights += filter->taps) {
        const uint8_t *pixels = row + 4 * (size_t)filter->starts[x];
        int32_t sums[4] = {half, half, half, half};
        for (uint32_t tap = 0; tap < filter->taps; tap++) {
            for (int c = 0; c < 4; c++) sums[c] += pixels[4 * tap + c] * weights[tap];
        }
        for (int c = 0; c < 4; c++) output[4 * (size_t)x + c] = clamp(sums[c]);
    }
}

static void horizontal1_plain(const uint8_t *row, const ic_filter *filter, uint8_t *output) {
    const int16_t *weights = filter->weights;
    for (uint32_t x = 0; x < filter->count; x++, weights += filter->taps) {
        const uint8_t *pixels = row + filter->starts[x];
        int32_t sum = half;
        for (uint32_t tap = 0; tap < filter->taps; tap++) sum += pixels[tap] * weights[tap];
        output[x] = clamp(sum);
    }
}

#if defined(__x86_64__)

/// Two weights beside each other, as the multiply-add of pairs wants them.
static inline int32_t pair(int16_t first, int16_t second) {
    return (int32_t)((uint32_t)(uint16_t)first | (uint32_t)(uint16_t)second << 16);
}

__attribute__((target("avx2"))) static size_t vertical_avx2(
    const uint8_t *const *rows, const int16_t *weights, uint32_t taps, uint8_t *output, size_t count
) {
    const __m256i zero = _mm256_setzero_si256();
    size_t i = 0;
    for (; i + 32 <= count; i += 32) {
        __m256i sums[4];
        for (int k = 0; k < 4; k++) sums[k] = _mm256_set1_epi32(half);
        for (uint32_t tap = 0; tap < taps; tap += 2) {
            __m256i one = _mm256_loadu_si256((const __m256i *)(rows[tap] + i));
            __m256i two = tap + 1 < taps ? _mm256_loadu_si256((const __m256i *)(rows[tap + 1] + i)) : zero;
            __m256i weight = _mm256_set1_epi32(pair(weights[tap], tap + 1 < taps ? weights[tap + 1] : 0));
            __m256i low = _mm256_unpacklo_epi8(one, two);
            __m256i high = _mm256_unpackhi_epi8(one, two);
            sums[0] = _mm256_add_epi32(sums[0], _mm256_madd_epi16(_mm256_unpacklo_epi8(low, zero), weight));
            sums[1] = _mm256_add_epi32(sums[1], _mm256_madd_epi16(_mm256_unpackhi_epi8(low, zero), weight));
            sums[2] = _mm256_add_epi32(sums[2], _mm256_madd_epi16(_mm256_unpacklo_epi8(high, zero), weight));
            sums[3] = _mm256_add_epi32(sums[3], _mm256_madd_epi16(_mm256_unpackhi_epi8(high, zero), weight));
        }
        for (int k = 0; k < 4; k++) sums[k] = _mm256_srai_epi32(sums[k], IC_WEIGHT_BITS);
        // Packing works within halves, as unpacking did: the order comes out right.
        __m256i low = _mm256_packs_epi32(sums[0], sums[1]);
        __m256i high = _mm256_packs_epi32(sums[2], sums[3]);
        _mm256_storeu_si256((__m256i *)(output + i), _mm256_packus_epi16(low, high));
    }
    return i;
}

__attribute__((target("sse4.1"))) static void horizontal4_sse(
    const uint8_t *row, const ic_filter *filter, uint8_t *output
) {
    // Channel by channel, two pixels beside each other, widened to 16 bits.
    const __m128i first = _mm_setr_epi8(0, -1, 4, -1, 1, -1, 5, -1, 2, -1, 6, -1, 3, -1, 7, -1);
    const __m128i second = _mm_setr_epi8(8, -1, 12, -1, 9, -1, 13, -1, 10, -1, 14, -1, 11, -1, 15, -1);
    const int16_t *weights = filter->weights;
    for (uint32_t x = 0; x < filter->count; x++, weights += filter->taps) {
        const uint8_t *pixels = row + 4 * (size_t)filter->starts[x];
        __m128i sum = _mm_set1_epi32(half);
        for (uint32_t tap = 0; tap < filter->taps; tap += 4) {
            __m128i four = _mm_loadu_si128((const __m128i *)(pixels + 4 * (size_t)tap));
            __m128i one = _mm_set1_epi32(pair(weights[tap], weights[tap + 1]));
            __m128i two = _mm_set1_epi32(pair(weights[tap + 2], weights[tap + 3]));
            sum = _mm_add_epi32(sum, _mm_madd_epi16(_mm_shuffle_epi8(four, first), one));
            sum = _mm_add_epi32(sum, _mm_madd_epi16(_mm_shuffle_epi8(four, second), two));
        }
        sum = _mm_srai_epi32(sum, IC_WEIGHT_BITS);
        sum = _mm_packus_epi16(_mm_packs_epi32(sum, sum), sum);
        int32_t pixel = _mm_cvtsi128_si32(sum);
        __builtin_memcpy(output + 4 * (size_t)x, &pixel, 4);
    }
}

#endif

void ic_vertical(const uint8_t *const *rows, const int16_t *weights, uint32_t taps, uint8_t *output, size_t count) {
    size_t done = 0;
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2")) done = vertical_avx2(rows, weights, taps, output, count);
#endif
    vertical_plain(rows, weights, taps, output, done, count);
}

void ic_horizontal4(const uint8_t *row, const ic_filter *filter, uint8_t *output) {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("sse4.1")) return horizontal4_sse(row, filter, output);
#endif
    horizontal4_plain(row, filter, output);
}

void ic_horizontal1(const uint8_t *row, const ic_filter *filter, uint8_t *output) {
    horizontal1_plain(row, filter, output);
}
