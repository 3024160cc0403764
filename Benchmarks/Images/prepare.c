// Prepares one image several times:  prepare FILE SIDE FORMAT RUNS OUTPUT
//
// Prints the least CPU time of a run in milliseconds, and writes the result. FORMAT is 1 (JPEG), 2 (PNG) or 3 (WebP).

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "CImageCodecs.h"

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return time.tv_sec * 1e3 + time.tv_nsec / 1e6;
}

int main(int count, char **arguments) {
    if (count != 6) return 2;
    FILE *file = fopen(arguments[1], "rb");
    if (!file) return 2;
    fseek(file, 0, SEEK_END);
    size_t length = (size_t)ftell(file);
    rewind(file);
    uint8_t *bytes = malloc(length);
    length = fread(bytes, 1, length, file);
    fclose(file);
    ic_input input = {bytes, length, {100000000, 1u << 30}, 0};
    ic_rendition rendition = {(uint32_t)atoi(arguments[2]), (ic_format)atoi(arguments[3]), 85, 3};
    ic_header header;
    ic_result result = {0};
    double best = 1e9;
    for (int run = atoi(arguments[4]); run > 0; run--) {
        ic_free(&result.image);
        double start = now();
        if (ic_inspect(&input, &header) != IC_OK || ic_render(&input, &header, &rendition, &result) != IC_OK) return 1;
        double took = now() - start;
        if (took < best) best = took;
    }
    printf("%.2f\n", best);
    file = fopen(arguments[5], "wb");
    if (!file) return 2;
    fwrite(result.image.bytes, 1, result.image.count, file);
    fclose(file);
    ic_free(&result.image);
    free(bytes);
    return 0;
}
