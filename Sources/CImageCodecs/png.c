// PNG by libpng. Its errors end in `longjmp` to the function that made the reader, and all memory is the struct's.

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>

#include "internal.h"

typedef struct {
    const ic_input *input;
    size_t at;
    ic_status status;
    uint8_t *pixels;
} reader;

static void on_error(png_structp png, png_const_charp words) {
    (void)words;
    png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp words) {
    (void)png;
    (void)words;
}

static void fail(png_structp png, ic_status status) {
    ((reader *)png_get_error_ptr(png))->status = status;
    png_longjmp(png, 1);
}

static void give_bytes(png_structp png, png_bytep bytes, size_t count) {
    reader *r = png_get_io_ptr(png);
    if (count > r->input->count - r->at) png_error(png, "the data ends");
    memcpy(bytes, r->input->bytes + r->at, count);
    r->at += count;
}

/// What is of no use for the picture is not even inflated: there are texts of a few bytes that become gigabytes.
static void limit_chunks(png_structp png) {
    static const png_byte texts[] = "zTXt\0iTXt\0tEXt\0sPLT\0hIST\0pCAL\0sCAL\0tIME\0oFFs\0pHYs\0iCCP\0eXIf";
    png_set_user_limits(png, 32768, 32768);
    png_set_chunk_cache_max(png, 128);
    png_set_chunk_malloc_max(png, 1 << 20);
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, 0, 0);
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, texts, sizeof texts / 5);
    png_set_benign_errors(png, 1);
}

/// One byte of grey, or four of colours and alpha, whatever is stored.
static ic_space normalise(png_structp png, png_infop info, bool has_alpha) {
    png_byte colours = png_get_color_type(png, info);
    bool is_grey = !(colours & PNG_COLOR_MASK_COLOR) && !has_alpha;
    png_set_expand(png);
    png_set_scale_16(png);
    if (!is_grey) {
        png_set_gray_to_rgb(png);
        png_set_add_alpha(png, 255, PNG_FILLER_AFTER);
    }
    return is_grey ? IC_SPACE_GREY : IC_SPACE_RGB;
}

static void give_row(png_structp png, const reader *r, ic_sink *sink, const uint8_t *row, uint32_t y) {
    if (y % 16 == 0 && ic_stopped(r->input)) fail(png, IC_STOPPED);
    ic_status status = sink->row(sink, row);
    if (status != IC_OK) fail(png, status);
}

/// Over the whole image, as often as it has passes.
static void read_interlaced(png_structp png, reader *r, ic_sink *sink, size_t stride, uint32_t height, int passes) {
    r->pixels = malloc(stride * height);
    if (!r->pixels) fail(png, IC_NO_MEMORY);
    for (int pass = 0; pass < passes; pass++)
        for (uint32_t y = 0; y < height; y++) {
            if (y % 16 == 0 && ic_stopped(r->input)) fail(png, IC_STOPPED);
            png_read_row(png, r->pixels + stride * y, 0);
        }
    for (uint32_t y = 0; y < height; y++) give_row(png, r, sink, r->pixels + stride * y, y);
}

static void read_rows(png_structp png, reader *r, ic_sink *sink, size_t stride, uint32_t height) {
    r->pixels = malloc(stride);
    if (!r->pixels) fail(png, IC_NO_MEMORY);
    for (uint32_t y = 0; y < height; y++) {
        png_read_row(png, r->pixels, 0);
        give_row(png, r, sink, r->pixels, y);
    }
}

static void decode(png_structp png, png_infop info, reader *r, ic_decoding *decoding) {
    png_set_read_fn(png, r, give_bytes);
    limit_chunks(png);
    png_read_info(png, info);
    uint32_t width = png_get_image_width(png, info), height = png_get_image_height(png, info);
    if ((uint64_t)width * height > r->input->limits.max_pixels) fail(png, IC_TOO_LARGE);
    bool has_alpha = (png_get_color_type(png, info) & PNG_COLOR_MASK_ALPHA) || png_get_valid(png, info, PNG_INFO_tRNS);
    ic_space space = normalise(png, info, has_alpha);
    int passes = png_set_interlace_handling(png);
    bool is_interlaced = passes > 1;
    png_read_update_info(png, info);
    size_t stride = (size_t)width * ic_channels(space);
    if (png_get_rowbytes(png, info) != stride) fail(png, IC_BROKEN);
    if (is_interlaced && (uint64_t)stride * height > r->input->limits.max_memory) fail(png, IC_TOO_COMPLEX);
    ic_status status = decoding->sink->begin(decoding->sink, width, height, space, has_alpha);
    if (status != IC_OK) fail(png, status);
    if (is_interlaced) read_interlaced(png, r, decoding->sink, stride, height, passes);
    else read_rows(png, r, decoding->sink, stride, height);
    // All of the picture is there: what is wrong behind it, if anything is, does not matter.
}

ic_status ic_png_decode(ic_decoding *decoding) {
    reader *r = calloc(1, sizeof *r);
    if (!r) return IC_NO_MEMORY;
    r->input = decoding->input;
    r->status = IC_BROKEN;
    // Of the calls after `setjmp` only what the pointers point to is changed.
    png_structp volatile png = png_create_read_struct(PNG_LIBPNG_VER_STRING, r, on_error, on_warning);
    png_infop volatile info = png ? png_create_info_struct(png) : 0;
    if (!info) {
        r->status = IC_NO_MEMORY;
    } else if (setjmp(png_jmpbuf(png)) == 0) {
        decode(png, info, r, decoding);
        r->status = IC_OK;
    }
    ic_status status = r->status;
    png_structp ending = png;
    png_infop ended = info;
    png_destroy_read_struct(&ending, &ended, 0);
    free(r->pixels);
    free(r);
    return status;
}

// MARK: Out

typedef struct {
    ic_buffer output;
    size_t room;
    ic_status status;
} writer;

static void on_write_error(png_structp png, png_const_charp words) {
    (void)words;
    png_longjmp(png, 1);
}

static void take_bytes(png_structp png, png_bytep bytes, size_t count) {
    writer *w = png_get_io_ptr(png);
    if (count > w->room - w->output.count) {
        size_t room = w->room * 2 > w->output.count + count ? w->room * 2 : w->output.count + count;
        uint8_t *larger = realloc(w->output.bytes, room);
        if (!larger) {
            w->status = IC_NO_MEMORY;
            png_longjmp(png, 1);
        }
        w->output.bytes = larger;
        w->room = room;
    }
    memcpy(w->output.bytes + w->output.count, bytes, count);
    w->output.count += count;
}

static void flush_nothing(png_structp png) { (void)png; }

static void encode(png_structp png, png_infop info, const ic_picture *picture, int level) {
    bool is_grey = picture->space == IC_SPACE_GREY;
    int colours = is_grey ? PNG_COLOR_TYPE_GRAY : picture->has_alpha ? PNG_COLOR_TYPE_RGB_ALPHA : PNG_COLOR_TYPE_RGB;
    png_set_IHDR(
        png, info, picture->width, picture->height, 8, colours, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
        PNG_FILTER_TYPE_DEFAULT
    );
    png_set_compression_level(png, level);
    png_write_info(png, info);
    if (!is_grey && !picture->has_alpha) png_set_filler(png, 0, PNG_FILLER_AFTER);
    for (uint32_t y = 0; y < picture->height; y++) png_write_row(png, picture->pixels + y * ic_stride(picture));
    png_write_end(png, 0);
}

ic_status ic_png_encode(const ic_picture *picture, int level, ic_buffer *output) {
    writer *w = calloc(1, sizeof *w);
    if (!w) return IC_NO_MEMORY;
    w->status = IC_BROKEN;
    png_structp volatile png = png_create_write_struct(PNG_LIBPNG_VER_STRING, 0, on_write_error, on_warning);
    png_infop volatile info = png ? png_create_info_struct(png) : 0;
    if (!info) {
        w->status = IC_NO_MEMORY;
    } else if (setjmp(png_jmpbuf(png)) == 0) {
        png_set_write_fn(png, w, take_bytes, flush_nothing);
        encode(png, info, picture, level);
        w->status = IC_OK;
    }
    ic_status status = w->status;
    png_structp ending = png;
    png_infop ended = info;
    png_destroy_write_struct(&ending, &ended);
    if (status == IC_OK) *output = w->output;
    else free(w->output.bytes);
    free(w);
    return status;
}
