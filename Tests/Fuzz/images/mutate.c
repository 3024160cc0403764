// Damages images in every way that chance finds, and has the codecs read them: built with sanitizers by scripts/fuzz-images.
//
//   mutate SECONDS SEED FILE...
//
// It ends with 0 if nothing was found; a sanitizer ends it otherwise, and `last` names what it was given last.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "CImageCodecs.h"

static uint64_t state;

static uint64_t next(void) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static size_t below(size_t limit) { return limit ? next() % limit : 0; }

typedef struct {
    uint8_t *bytes;
    size_t count;
} sample;

static sample read_file(const char *path) {
    FILE *file = fopen(path, "rb");
    if (!file) {
        perror(path);
        exit(2);
    }
    fseek(file, 0, SEEK_END);
    sample s = {0, (size_t)ftell(file)};
    rewind(file);
    s.bytes = malloc(s.count + 1);
    s.count = fread(s.bytes, 1, s.count, file);
    fclose(file);
    return s;
}

/// A damaged copy: bytes changed, cut out, doubled, taken from another image, or the end missing.
static sample damaged(const sample *samples, size_t count) {
    sample from = samples[below(count)], other = samples[below(count)];
    sample s = {malloc(2 * from.count + other.count + 16), from.count};
    memcpy(s.bytes, from.bytes, from.count);
    for (size_t changes = below(6); changes > 0 && s.count > 0; changes--) {
        // Heads are where decisions are made.
        size_t at = next() % 2 ? below(s.count) : below(s.count < 200 ? s.count : 200);
        size_t length = below(s.count - at < 64 ? s.count - at : 64);
        switch (next() % 7) {
        case 0: s.bytes[at] = (uint8_t)next(); break;
        case 1: s.bytes[at] ^= (uint8_t)(1 << next() % 8); break;
        case 2: s.bytes[at] = next() % 2 ? 0xFF : 0; break;
        case 3:
            memmove(s.bytes + at, s.bytes + at + length, s.count - at - length);
            s.count -= length;
            break;
        case 4:
            if (s.count + length > from.count * 2) break;
            memmove(s.bytes + at + length, s.bytes + at, s.count - at);
            s.count += length;
            break;
        case 5: memcpy(s.bytes + at, other.bytes, length < other.count ? length : other.count); break;
        default: s.count = at; break;
        }
    }
    return s;
}

static void check(const sample *s) {
    // A copy of just the size, so that the sanitizer sees each byte that is read behind its end.
    uint8_t *bytes = malloc(s->count ? s->count : 1);
    memcpy(bytes, s->bytes, s->count);
    ic_input input = {bytes, s->count, {4000000, 200000000}, 0};
    ic_header header;
    if (ic_inspect(&input, &header) == IC_OK) {
        ic_rendition rendition = {1 + (uint32_t)below(400), IC_JPEG + (ic_format)below(3), 80, 3};
        ic_result result;
        if (ic_render(&input, &header, &rendition, &result) == IC_OK) ic_free(&result.image);
        ic_buffer stripped;
        if (ic_strip(&input, &header, &stripped) == IC_OK) ic_free(&stripped);
    }
    free(bytes);
}

int main(int count, char **arguments) {
    if (count < 4) return 2;
    double seconds = atof(arguments[1]);
    state = strtoull(arguments[2], 0, 10) * 2 + 1;
    size_t number = (size_t)count - 3;
    sample *samples = calloc(number, sizeof *samples);
    for (size_t i = 0; i < number; i++) samples[i] = read_file(arguments[i + 3]);
    time_t start = time(0);
    unsigned long runs = 0;
    while (difftime(time(0), start) < seconds) {
        sample s = damaged(samples, number);
        FILE *last = fopen("last", "wb");
        if (last) {
            fwrite(s.bytes, 1, s.count, last);
            fclose(last);
        }
        check(&s);
        free(s.bytes);
        runs++;
    }
    for (size_t i = 0; i < number; i++) free(samples[i].bytes);
    free(samples);
    printf("%lu images\n", runs);
    return 0;
}
