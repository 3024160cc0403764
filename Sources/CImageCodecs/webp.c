// WebP by libwebp, which has no long jumps.

#include <stdlib.h>
#include <string.h>

#include <webp/decode.h>
#include <webp/demux.h>
#include <webp/encode.h>

#include "internal.h"

static ic_status give_rows(ic_decoding *decoding, const uint8_t *pixels, uint32_t width, uint32_t height, bool has_alpha) {
    ic_sink *sink = decoding->sink;
    ic_status status = sink->begin(sink, width, height, IC_SPACE_RGB, has_alpha);
    for (uint32_t y = 0; status == IC_OK && y < height; y++) {
        if (y % 16 == 0 && ic_stopped(decoding->input)) return IC_STOPPED;
        status = sink->row(sink, pixels + (size_t)y * width * 4);
    }
    return status;
}

/// The first frame on its canvas.
static ic_status decode_animation(ic_decoding *decoding) {
    const ic_input *input = decoding->input;
    WebPAnimDecoderOptions options;
    if (!WebPAnimDecoderOptionsInit(&options)) return IC_NO_MEMORY;
    options.color_mode = MODE_RGBA;
    options.use_threads = 0;
    WebPData data = {input->bytes, input->count};
    WebPAnimDecoder *animation = WebPAnimDecoderNew(&data, &options);
    if (!animation) return IC_BROKEN;
    WebPAnimInfo info;
    uint8_t *canvas = 0;
    int time = 0;
    ic_status status = IC_BROKEN;
    if (WebPAnimDecoderGetInfo(animation, &info) && WebPAnimDecoderGetNext(animation, &canvas, &time)) {
        status = give_rows(decoding, canvas, info.canvas_width, info.canvas_height, true);
    }
    WebPAnimDecoderDelete(animation);
    return status;
}

static ic_status status_of(VP8StatusCode code) {
    switch (code) {
    case VP8_STATUS_OK: return IC_OK;
    case VP8_STATUS_OUT_OF_MEMORY: return IC_NO_MEMORY;
    case VP8_STATUS_UNSUPPORTED_FEATURE: return IC_UNSUPPORTED;
    default: return IC_BROKEN;
    }
}

static ic_status decode_still(ic_decoding *decoding, WebPDecoderConfig *config) {
    const ic_input *input = decoding->input;
    uint32_t width = (uint32_t)config->input.width, height = (uint32_t)config->input.height;
    // The library's own scaling is coarse: it leaves twice the size to the filter.
    uint32_t half_width = decoding->target_width * 2, half_height = decoding->target_height * 2;
    if (half_width < width && half_height < height) {
        config->options.use_scaling = 1;
        config->options.scaled_width = (int)(width = half_width);
        config->options.scaled_height = (int)(height = half_height);
    }
    uint64_t size = (uint64_t)width * height * 4;
    // The library keeps alpha, and what is lossless, of the whole image.
    uint64_t whole = (uint64_t)config->input.width * (uint64_t)config->input.height;
    uint64_t kept = config->input.format == 2 ? whole * 4 : config->input.has_alpha ? whole * 2 : 0;
    if (size + kept > input->limits.max_memory) return IC_TOO_COMPLEX;
    uint8_t *pixels = malloc((size_t)size);
    if (!pixels) return IC_NO_MEMORY;
    config->output.colorspace = MODE_RGBA;
    config->output.is_external_memory = 1;
    config->output.u.RGBA.rgba = pixels;
    config->output.u.RGBA.stride = (int)(width * 4);
    config->output.u.RGBA.size = (size_t)size;
    ic_status status = status_of(WebPDecode(input->bytes, input->count, config));
    if (status == IC_OK) status = give_rows(decoding, pixels, width, height, config->input.has_alpha);
    WebPFreeDecBuffer(&config->output);
    free(pixels);
    return status;
}

ic_status ic_webp_decode(ic_decoding *decoding) {
    const ic_input *input = decoding->input;
    WebPDecoderConfig config;
    if (!WebPInitDecoderConfig(&config)) return IC_NO_MEMORY;
    ic_status status = status_of(WebPGetFeatures(input->bytes, input->count, &config.input));
    if (status != IC_OK) return status;
    uint64_t pixels = (uint64_t)config.input.width * (uint64_t)config.input.height;
    if (pixels > input->limits.max_pixels) return IC_TOO_LARGE;
    // It cannot be stopped once it has begun.
    if (ic_stopped(input)) return IC_STOPPED;
    config.options.use_threads = 0;
    if (!config.input.has_animation) return decode_still(decoding, &config);
    // Two canvases, and the frame while it is decoded.
    return pixels * 12 > input->limits.max_memory ? IC_TOO_COMPLEX : decode_animation(decoding);
}

// MARK: Out

/// libwebp reads colours only.
static ic_status import(WebPPicture *output, const ic_picture *picture) {
    int stride = (int)ic_stride(picture);
    if (picture->space == IC_SPACE_RGB) {
        int is_done = picture->has_alpha ? WebPPictureImportRGBA(output, picture->pixels, stride)
                                         : WebPPictureImportRGBX(output, picture->pixels, stride);
        return is_done ? IC_OK : IC_NO_MEMORY;
    }
    size_t count = (size_t)picture->width * picture->height;
    uint8_t *colours = malloc(3 * count);
    if (!colours) return IC_NO_MEMORY;
    for (size_t i = 0; i < count; i++) memset(colours + 3 * i, picture->pixels[i], 3);
    int is_done = WebPPictureImportRGB(output, colours, (int)picture->width * 3);
    free(colours);
    return is_done ? IC_OK : IC_NO_MEMORY;
}

ic_status ic_webp_encode(const ic_picture *picture, int quality, ic_buffer *output) {
    WebPConfig config;
    WebPPicture image;
    if (picture->width > WEBP_MAX_DIMENSION || picture->height > WEBP_MAX_DIMENSION) return IC_TOO_LARGE;
    if (!WebPConfigPreset(&config, WEBP_PRESET_DEFAULT, (float)quality) || !WebPPictureInit(&image)) return IC_NO_MEMORY;
    config.method = 4;
    // Without segments the picture is not analysed first: a fourteenth of the time, and about as many bytes.
    config.segments = 1;
    // With so few bits for its choices the encoder seldom tries all modes of the small blocks: a seventh of the time, for a tenth more
    // bytes and a similarity that is 0.002 lower. Engines are near, and decode it at once.
    config.partition_limit = 75;
    image.width = (int)picture->width;
    image.height = (int)picture->height;
    WebPMemoryWriter memory;
    WebPMemoryWriterInit(&memory);
    image.writer = WebPMemoryWrite;
    image.custom_ptr = &memory;
    ic_status status = import(&image, picture);
    if (status == IC_OK && !WebPEncode(&config, &image)) {
        bool has_no_memory = image.error_code == VP8_ENC_ERROR_OUT_OF_MEMORY
            || image.error_code == VP8_ENC_ERROR_BITSTREAM_OUT_OF_MEMORY;
        status = has_no_memory ? IC_NO_MEMORY : IC_BROKEN;
    }
    WebPPictureFree(&image);
    // The writer's memory is `malloc`'s.
    if (status == IC_OK) *output = (ic_buffer){memory.mem, memory.size};
    else WebPMemoryWriterClear(&memory);
    return status;
}
