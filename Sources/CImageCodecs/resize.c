// Rows come in; where they are many more than are wanted, boxes of them become one first; a ring holds those that the
// vertical filter still needs; each row that comes out of it is scaled horizontally at once. So the memory is that of a few
// rows and of the result, whatever the image is.

#include "resize.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernels.h"

/// Lanczos with three lobes.
#define LOBES 3.0
/// With this much left to do after the boxes, nobody sees them.
#define RATIO_AFTER_BOXES 3.0
#define MAX_BOX 4096

struct ic_resizer {
    ic_sink sink;
    uint64_t max_memory;
    /// Of the result.
    uint32_t width, height;
    /// Of what arrives.
    uint32_t source_width, source_height, arrived;
    ic_space space;
    bool has_alpha;
    int channels;
    /// What one box takes in, and the size of the image of boxes.
    uint32_t box_x, box_y, boxed_width, boxed_height;
    /// The sums of the boxes that are being filled, and how many rows are in them.
    uint32_t *sums;
    uint32_t summed;
    ic_filter vertical, horizontal;
    /// The rows that may still be needed: row `y` is at `y % ring_rows`.
    uint8_t *ring;
    uint32_t ring_rows;
    size_t ring_stride;
    uint32_t boxed, written;
    const uint8_t **taps;
    uint8_t *between;
    uint8_t *pixels;
};

static double lanczos(double x) {
    if (x == 0) return 1;
    if (x <= -LOBES || x >= LOBES) return 0;
    double angle = x * M_PI;
    return LOBES * sin(angle) * sin(angle / LOBES) / (angle * angle);
}

static void filter_free(ic_filter *filter) {
    free(filter->starts);
    free(filter->weights);
}

/// The weights of one output, in whole units that add up to one exactly.
static void fill_weights(int16_t *weights, const double *exact, uint32_t taps, double sum) {
    int32_t left = 1 << IC_WEIGHT_BITS;
    uint32_t largest = 0;
    for (uint32_t i = 0; i < taps; i++) {
        weights[i] = (int16_t)lrint(exact[i] / sum * (1 << IC_WEIGHT_BITS));
        left -= weights[i];
        if (weights[i] > weights[largest]) largest = i;
    }
    weights[largest] = (int16_t)(weights[largest] + left);
}

/// A filter from `size` pixels to `count`; `scale` is how many of them become one.
static bool filter_make(ic_filter *filter, uint32_t size, uint32_t count, double scale) {
    double stretch = scale > 1 ? scale : 1;
    double support = LOBES * stretch;
    uint32_t taps = (uint32_t)ceil(support) * 2 + 1;
    if (taps > size) taps = size;
    filter->count = count;
    filter->taps = (taps + 3) / 4 * 4;
    filter->starts = calloc(count, sizeof *filter->starts);
    filter->weights = calloc((size_t)count * filter->taps, sizeof *filter->weights);
    double *exact = calloc(filter->taps, sizeof *exact);
    bool is_made = filter->starts && filter->weights && exact;
    for (uint32_t x = 0; is_made && x < count; x++) {
        double centre = (x + 0.5) * scale;
        int64_t first = (int64_t)floor(centre - support);
        if (first > (int64_t)size - taps) first = (int64_t)size - taps;
        if (first < 0) first = 0;
        double sum = 0;
        for (uint32_t i = 0; i < taps; i++) {
            exact[i] = lanczos((first + i + 0.5 - centre) / stretch);
            sum += exact[i];
        }
        filter->starts[x] = (uint32_t)first;
        fill_weights(filter->weights + (size_t)x * filter->taps, exact, taps, sum);
    }
    free(exact);
    return is_made;
}

/// How many pixels a box takes in, so that the rest is left to the filter.
static uint32_t box_size(uint32_t source, uint32_t target) {
    double boxes = floor((double)source / target / RATIO_AFTER_BOXES);
    // The sum of a larger box might not fit into 32 bits.
    return boxes < 1 ? 1 : boxes > MAX_BOX ? MAX_BOX : (uint32_t)boxes;
}

static ic_status begin(ic_sink *sink, uint32_t width, uint32_t height, ic_space space, bool has_alpha) {
    ic_resizer *r = (ic_resizer *)sink;
    if (width == 0 || height == 0 || r->pixels) return IC_BROKEN;
    r->source_width = width;
    r->source_height = height;
    r->space = space;
    r->has_alpha = has_alpha;
    r->channels = ic_channels(space);
    if (r->width > width) r->width = width;
    if (r->height > height) r->height = height;
    r->box_x = box_size(width, r->width);
    r->box_y = box_size(height, r->height);
    r->boxed_width = (width + r->box_x - 1) / r->box_x;
    r->boxed_height = (height + r->box_y - 1) / r->box_y;
    double span_x = sink->span_x > 0 ? sink->span_x : width, span_y = sink->span_y > 0 ? sink->span_y : height;
    if (!filter_make(&r->vertical, r->boxed_height, r->height, span_y / r->box_y / r->height)
        || !filter_make(&r->horizontal, r->boxed_width, r->width, span_x / r->box_x / r->width))
        return IC_NO_MEMORY;
    r->ring_rows = r->vertical.taps;
    r->ring_stride = (size_t)r->boxed_width * r->channels + IC_ROW_PADDING;
    uint64_t result = (uint64_t)r->width * r->height * r->channels;
    uint64_t sums = (uint64_t)r->boxed_width * r->channels * sizeof *r->sums;
    if (result + sums + (uint64_t)r->ring_rows * r->ring_stride > r->max_memory) return IC_TOO_COMPLEX;
    r->sums = calloc((size_t)sums, 1);
    r->ring = calloc(r->ring_rows, r->ring_stride);
    r->taps = calloc(r->ring_rows, sizeof *r->taps);
    r->between = calloc(r->ring_stride, 1);
    r->pixels = malloc((size_t)result);
    return r->sums && r->ring && r->taps && r->between && r->pixels ? IC_OK : IC_NO_MEMORY;
}

/// Writes the output rows whose last tap has arrived.
static void flush_rows(ic_resizer *r) {
    while (r->written < r->height) {
        uint32_t start = r->vertical.starts[r->written];
        uint32_t end = start + r->vertical.taps;
        if (end > r->boxed_height) end = r->boxed_height;
        if (r->boxed < end) return;
        for (uint32_t y = start; y < end; y++) r->taps[y - start] = r->ring + r->ring_stride * (y % r->ring_rows);
        const int16_t *weights = r->vertical.weights + (size_t)r->written * r->vertical.taps;
        size_t row = (size_t)r->boxed_width * r->channels;
        uint8_t *output = r->pixels + (size_t)r->written * r->width * r->channels;
        ic_vertical(r->taps, weights, end - start, r->between, row);
        if (r->channels == 4) ic_horizontal4(r->between, &r->horizontal, output);
        else ic_horizontal1(r->between, &r->horizontal, output);
        r->written++;
    }
}

/// Transparent pixels have no colour that may bleed into their neighbours.
static void premultiply(const uint8_t *pixels, uint8_t *output, uint32_t width) {
    for (size_t i = 0; i < 4 * (size_t)width; i += 4) {
        uint32_t alpha = pixels[i + 3];
        for (int c = 0; c < 3; c++) {
            uint32_t product = pixels[i + c] * alpha + 128;
            output[i + c] = (uint8_t)((product + (product >> 8)) >> 8);
        }
        output[i + 3] = (uint8_t)alpha;
    }
}

/// Adds a row to the sums of its boxes.
static void sum_row(ic_resizer *r, const uint8_t *pixels) {
    size_t channels = (size_t)r->channels;
    for (uint32_t box = 0; box < r->boxed_width; box++) {
        uint32_t first = box * r->box_x;
        uint32_t last = first + r->box_x < r->source_width ? first + r->box_x : r->source_width;
        uint32_t *sums = r->sums + box * channels;
        for (uint32_t x = first; x < last; x++) {
            const uint8_t *pixel = pixels + x * channels;
            if (r->has_alpha) {
                for (int c = 0; c < 3; c++) sums[c] += (pixel[c] * (uint32_t)pixel[3] + 127) / 255;
                sums[3] += pixel[3];
            } else {
                for (size_t c = 0; c < channels; c++) sums[c] += pixel[c];
            }
        }
    }
    r->summed++;
}

/// Makes a row of the boxes that are full, or that end with the image.
static void finish_boxes(ic_resizer *r, uint8_t *row) {
    size_t channels = (size_t)r->channels;
    for (uint32_t box = 0; box < r->boxed_width; box++) {
        uint32_t left = r->source_width - box * r->box_x;
        uint32_t count = (left < r->box_x ? left : r->box_x) * r->summed;
        for (size_t c = 0; c < channels; c++) {
            row[box * channels + c] = (uint8_t)((r->sums[box * channels + c] + count / 2) / count);
        }
    }
    memset(r->sums, 0, (size_t)r->boxed_width * channels * sizeof *r->sums);
    r->summed = 0;
}

static ic_status take_row(ic_sink *sink, const uint8_t *pixels) {
    ic_resizer *r = (ic_resizer *)sink;
    if (r->arrived >= r->source_height) return IC_BROKEN;
    r->arrived++;
    uint8_t *row = r->ring + r->ring_stride * (r->boxed % r->ring_rows);
    if (r->box_x * r->box_y == 1) {
        if (r->has_alpha) premultiply(pixels, row, r->source_width);
        else memcpy(row, pixels, (size_t)r->source_width * r->channels);
    } else {
        sum_row(r, pixels);
        if (r->summed < r->box_y && r->arrived < r->source_height) return IC_OK;
        finish_boxes(r, row);
    }
    r->boxed++;
    flush_rows(r);
    return IC_OK;
}

ic_resizer *ic_resizer_create(uint32_t width, uint32_t height, uint64_t max_memory) {
    ic_resizer *r = calloc(1, sizeof *r);
    if (!r) return 0;
    r->sink.begin = begin;
    r->sink.row = take_row;
    r->width = width;
    r->height = height;
    r->max_memory = max_memory;
    return r;
}

ic_sink *ic_resizer_sink(ic_resizer *resizer) { return &resizer->sink; }

static void unpremultiply(uint8_t *pixels, size_t count) {
    for (size_t i = 0; i < 4 * count; i += 4) {
        uint32_t alpha = pixels[i + 3];
        if (alpha == 255 || alpha == 0) continue;
        for (int c = 0; c < 3; c++) {
            uint32_t value = (pixels[i + c] * 255u + alpha / 2) / alpha;
            pixels[i + c] = (uint8_t)(value > 255 ? 255 : value);
        }
    }
}

ic_status ic_resizer_take(ic_resizer *r, ic_picture *picture) {
    if (!r->pixels || r->written < r->height) return IC_BROKEN;
    if (r->has_alpha) unpremultiply(r->pixels, (size_t)r->width * r->height);
    *picture = (ic_picture){r->pixels, r->width, r->height, r->space, r->has_alpha};
    r->pixels = 0;
    return IC_OK;
}

void ic_resizer_destroy(ic_resizer *r) {
    if (!r) return;
    filter_free(&r->vertical);
    filter_free(&r->horizontal);
    free(r->sums);
    free(r->ring);
    free(r->taps);
    free(r->between);
    free(r->pixels);
    free(r);
}
