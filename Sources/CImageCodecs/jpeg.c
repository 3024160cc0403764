// JPEG by libjpeg-turbo. Its errors end in `longjmp` to the function that made the decoder, and all memory is the struct's.

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jerror.h>
#include <jpeglib.h>

#include "internal.h"

/// Damaged data makes a warning for each piece; after so many nothing of it is worth showing.
#define MAX_WARNINGS 1000
/// A picture that is decoded to less than this many times its final size shows it.
#define MARGIN 1.4
/// Small pictures cost little, so they get what no eye can tell.
#define SMALL_PIXELS 4000000
#define SMALL_MARGIN 3.0

typedef struct {
    struct jpeg_error_mgr manager;
    jmp_buf escape;
    ic_status status;
    /// The bytes ended without the mark of the end.
    bool has_ended;
    /// The picture needed more of them, and the row at which that was noticed.
    bool lacks_data;
    JDIMENSION end_row;
} failures;

typedef struct {
    struct jpeg_decompress_struct jpeg;
    failures failures;
    struct jpeg_progress_mgr progress;
    const ic_input *input;
    int max_scans;
    uint8_t *row;
} decoder;

static void fail(j_common_ptr jpeg, ic_status status) {
    failures *f = (failures *)jpeg->err;
    f->status = status;
    longjmp(f->escape, 1);
}

static void on_error(j_common_ptr jpeg) {
    int code = jpeg->err->msg_code;
    fail(jpeg, code == JERR_OUT_OF_MEMORY ? IC_NO_MEMORY : code == JERR_NO_BACKING_STORE ? IC_TOO_COMPLEX : IC_BROKEN);
}

static void on_message(j_common_ptr jpeg, int level) {
    if (level >= 0) return;
    failures *f = (failures *)jpeg->err;
    if (++jpeg->err->num_warnings > MAX_WARNINGS) fail(jpeg, IC_BROKEN);
    if (jpeg->err->msg_code == JWRN_JPEG_EOF) f->has_ended = true;
    if (jpeg->err->msg_code != JWRN_HIT_MARKER || !f->has_ended || f->lacks_data || !jpeg->is_decompressor) return;
    f->lacks_data = true;
    f->end_row = ((j_decompress_ptr)jpeg)->output_scanline;
}

static void no_output(j_common_ptr jpeg) { (void)jpeg; }

static struct jpeg_error_mgr *prepare_errors(failures *f) {
    jpeg_std_error(&f->manager);
    f->manager.error_exit = on_error;
    f->manager.emit_message = on_message;
    f->manager.output_message = no_output;
    f->status = IC_BROKEN;
    return &f->manager;
}

// MARK: In

static void on_progress(j_common_ptr jpeg) {
    decoder *d = (decoder *)jpeg;
    if (d->jpeg.input_scan_number > d->max_scans) fail(jpeg, IC_TOO_COMPLEX);
    if (ic_stopped(d->input)) fail(jpeg, IC_STOPPED);
}

/// libjpeg-turbo is fast at these sizes only; the smallest that leaves the filter something to do.
static void choose_scale(decoder *d, const ic_decoding *decoding) {
    static const unsigned eighths[] = {1, 2, 4};
    uint64_t pixels = (uint64_t)d->jpeg.image_width * d->jpeg.image_height;
    double margin = pixels <= SMALL_PIXELS ? SMALL_MARGIN : MARGIN;
    d->jpeg.scale_denom = 8;
    for (size_t i = 0; i < sizeof eighths / sizeof *eighths; i++) {
        d->jpeg.scale_num = eighths[i];
        jpeg_calc_output_dimensions(&d->jpeg);
        if (d->jpeg.output_width >= margin * decoding->target_width
            && d->jpeg.output_height >= margin * decoding->target_height) return;
    }
    d->jpeg.scale_num = 8;
    jpeg_calc_output_dimensions(&d->jpeg);
}

static ic_space choose_space(decoder *d) {
    switch (d->jpeg.jpeg_color_space) {
    case JCS_GRAYSCALE:
        d->jpeg.out_color_space = JCS_GRAYSCALE;
        return IC_SPACE_GREY;
    case JCS_CMYK:
    case JCS_YCCK:
        d->jpeg.out_color_space = JCS_CMYK;
        return IC_SPACE_CMYK;
    default:
        d->jpeg.out_color_space = JCS_EXT_RGBX;
        return IC_SPACE_RGB;
    }
}

/// Whether a progressive picture has all bits of all its coefficients.
static bool is_complete(const struct jpeg_decompress_struct *jpeg) {
    if (!jpeg->progressive_mode || !jpeg->coef_bits) return true;
    for (int component = 0; component < jpeg->num_components; component++)
        for (int i = 0; i < DCTSIZE2; i++)
            if (jpeg->coef_bits[component][i] != 0) return false;
    return true;
}

static void read_rows(decoder *d, ic_sink *sink, bool inverts) {
    j_common_ptr common = (j_common_ptr)&d->jpeg;
    size_t count = (size_t)d->jpeg.output_width * d->jpeg.output_components;
    while (d->jpeg.output_scanline < d->jpeg.output_height) {
        if (d->jpeg.output_scanline % 16 == 0 && ic_stopped(d->input)) fail(common, IC_STOPPED);
        JSAMPROW row = d->row;
        if (jpeg_read_scanlines(&d->jpeg, &row, 1) != 1) fail(common, IC_BROKEN);
        if (inverts) for (size_t i = 0; i < count; i++) d->row[i] = (uint8_t)~d->row[i];
        ic_status status = sink->row(sink, d->row);
        if (status != IC_OK) fail(common, status);
    }
}

static void decode(decoder *d, ic_decoding *decoding) {
    const ic_input *input = decoding->input;
    j_common_ptr common = (j_common_ptr)&d->jpeg;
    // Set at once: otherwise an environment variable rules.
    d->jpeg.mem->max_memory_to_use = input->limits.max_memory > INT32_MAX ? INT32_MAX : (long)input->limits.max_memory;
    jpeg_mem_src(&d->jpeg, input->bytes, input->count);
    if (jpeg_read_header(&d->jpeg, TRUE) != JPEG_HEADER_OK) fail(common, IC_BROKEN);
    uint64_t pixels = (uint64_t)d->jpeg.image_width * d->jpeg.image_height;
    if (pixels > input->limits.max_pixels) fail(common, IC_TOO_LARGE);
    if (d->jpeg.arith_code || d->jpeg.data_precision != 8 || d->jpeg.num_components == 2) fail(common, IC_UNSUPPORTED);
    d->max_scans = ic_scan_limit(pixels);
    d->progress.progress_monitor = on_progress;
    d->jpeg.progress = &d->progress;
    choose_scale(d, decoding);
    ic_space space = choose_space(d);
    jpeg_start_decompress(&d->jpeg);
    d->row = malloc((size_t)d->jpeg.output_width * d->jpeg.output_components);
    if (!d->row) fail(common, IC_NO_MEMORY);
    // The decoder rounds its sizes up: a part of the last column and row is no picture.
    decoding->sink->span_x = d->jpeg.image_width * d->jpeg.scale_num / 8.0;
    decoding->sink->span_y = d->jpeg.image_height * d->jpeg.scale_num / 8.0;
    ic_status status =
        decoding->sink->begin(decoding->sink, d->jpeg.output_width, d->jpeg.output_height, space, false);
    if (status != IC_OK) fail(common, status);
    // Adobe's programs write ink as its lack.
    read_rows(d, decoding->sink, space == IC_SPACE_CMYK && d->jpeg.saw_Adobe_marker);
    // One that ends between two scans lacks no byte of those it has.
    bool is_whole = is_complete(&d->jpeg);
    jpeg_finish_decompress(&d->jpeg);
    const failures *f = &d->failures;
    if (f->has_ended && !is_whole) fail(common, IC_BROKEN);
    // What lacks no more than its last bytes can be seen; a half grey picture may not pass as one.
    if (f->lacks_data && f->end_row + 16 < d->jpeg.output_height) fail(common, IC_BROKEN);
    // That only the mark of the end is missing is no loss.
    decoding->is_truncated = f->manager.num_warnings > (f->has_ended ? 1 : 0);
}

ic_status ic_jpeg_decode(ic_decoding *decoding) {
    decoder *d = calloc(1, sizeof *d);
    if (!d) return IC_NO_MEMORY;
    d->input = decoding->input;
    d->jpeg.err = prepare_errors(&d->failures);
    if (setjmp(d->failures.escape) == 0) {
        jpeg_create_decompress(&d->jpeg);
        decode(d, decoding);
        d->failures.status = IC_OK;
    }
    ic_status status = d->failures.status;
    jpeg_destroy_decompress(&d->jpeg);
    free(d->row);
    free(d);
    return status;
}

// MARK: Out

typedef struct {
    struct jpeg_compress_struct jpeg;
    failures failures;
    unsigned char *bytes;
    unsigned long count;
} encoder;

static void encode(encoder *e, const ic_picture *picture, int quality) {
    bool is_grey = picture->space == IC_SPACE_GREY;
    jpeg_mem_dest(&e->jpeg, &e->bytes, &e->count);
    e->jpeg.image_width = picture->width;
    e->jpeg.image_height = picture->height;
    e->jpeg.input_components = is_grey ? 1 : 4;
    e->jpeg.in_color_space = is_grey ? JCS_GRAYSCALE : JCS_EXT_RGBX;
    jpeg_set_defaults(&e->jpeg);
    jpeg_set_quality(&e->jpeg, quality, TRUE);
    jpeg_start_compress(&e->jpeg, TRUE);
    while (e->jpeg.next_scanline < picture->height) {
        JSAMPROW row = picture->pixels + e->jpeg.next_scanline * ic_stride(picture);
        jpeg_write_scanlines(&e->jpeg, &row, 1);
    }
    jpeg_finish_compress(&e->jpeg);
}

ic_status ic_jpeg_encode(const ic_picture *picture, int quality, ic_buffer *output) {
    encoder *e = calloc(1, sizeof *e);
    if (!e) return IC_NO_MEMORY;
    e->jpeg.err = prepare_errors(&e->failures);
    if (setjmp(e->failures.escape) == 0) {
        jpeg_create_compress(&e->jpeg);
        encode(e, picture, quality);
        e->failures.status = IC_OK;
    }
    ic_status status = e->failures.status;
    jpeg_destroy_compress(&e->jpeg);
    if (status == IC_OK) *output = (ic_buffer){e->bytes, e->count};
    else free(e->bytes);
    free(e);
    return status;
}
