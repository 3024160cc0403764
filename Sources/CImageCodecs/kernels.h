// The inner loops of scaling: plain C, and AVX2 where the processor has it.
#ifndef CIMAGECODECS_KERNELS_H
#define CIMAGECODECS_KERNELS_H

#include <stddef.h>
#include <stdint.h>

/// Weights are in units of 2^-14.
#define IC_WEIGHT_BITS 14
/// Rows are followed by so many bytes that may be read and mean nothing.
#define IC_ROW_PADDING 64

/// The taps of each output pixel, each padded with weights of zero to the same multiple of 4.
typedef struct {
    uint32_t count;
    /// Taps for each output, padded.
    uint32_t taps;
    uint32_t *starts;
    int16_t *weights;
} ic_filter;

/// Adds rows with weights: `output` = sum of `rows[i] * weights[i]`, rounded, 0 to 255.
void ic_vertical(const uint8_t *const *rows, const int16_t *weights, uint32_t taps, uint8_t *output, size_t count);

/// Scales a row of pixels with 4 channels.
void ic_horizontal4(const uint8_t *row, const ic_filter *filter, uint8_t *output);

/// Scales a row of pixels with one channel.
void ic_horizontal1(const uint8_t *row, const ic_filter *filter, uint8_t *output);

#endif
