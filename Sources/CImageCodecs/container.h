// Segments and chunks: what can be read and cut out of an image without decoding it.
#ifndef CIMAGECODECS_CONTAINER_H
#define CIMAGECODECS_CONTAINER_H

#include "internal.h"

/// The longest side that is read.
#define IC_MAX_SIDE 32768
/// The largest colour profile that is used, in bytes.
#define IC_MAX_PROFILE (1u << 20)

/// The orientation in an EXIF block (a TIFF header and its first directory): 1 to 8; 1 where it has none or is damaged.
int ic_exif_orientation(const uint8_t *bytes, size_t count);

ic_status ic_jpeg_inspect(const ic_input *input, ic_header *header);
ic_status ic_png_inspect(const ic_input *input, ic_header *header);
ic_status ic_webp_inspect(const ic_input *input, ic_header *header);

ic_status ic_jpeg_strip(const ic_input *input, ic_buffer *output);
ic_status ic_png_strip(const ic_input *input, ic_buffer *output);
ic_status ic_webp_strip(const ic_input *input, ic_buffer *output);

/// Each leaves `output` empty where there is no profile that could be used.
ic_status ic_jpeg_profile(const ic_input *input, ic_buffer *output);
ic_status ic_png_profile(const ic_input *input, ic_buffer *output);
ic_status ic_webp_profile(const ic_input *input, ic_buffer *output);

#endif
