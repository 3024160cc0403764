// Scales an image down while its rows arrive.
#ifndef CIMAGECODECS_RESIZE_H
#define CIMAGECODECS_RESIZE_H

#include "internal.h"

typedef struct ic_resizer ic_resizer;

/// A resizer to a size that is not larger than what will arrive; null without memory.
///
/// `max_memory`: what it may take, in bytes.
ic_resizer *ic_resizer_create(uint32_t width, uint32_t height, uint64_t max_memory);

/// Where the decoder puts its rows.
ic_sink *ic_resizer_sink(ic_resizer *resizer);

/// The picture, once all rows have arrived; alpha is not premultiplied. The caller frees its pixels.
///
/// IC_BROKEN if rows are missing.
ic_status ic_resizer_take(ic_resizer *resizer, ic_picture *picture);

void ic_resizer_destroy(ic_resizer *resizer);

#endif
