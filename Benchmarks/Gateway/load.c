/* Load for what is measured:  load whole PORT PATH BODY HEADERS CONNECTIONS REQUESTS
 *                             load streams PORT PATH BODY HEADERS STREAMS
 *
 * BODY is a file. HEADERS is a file of header lines, of which connection N sends the N-th (over and over), or `-`.
 * `whole`: so many connections, each with one request at a time, until REQUESTS are answered. `streams`: so many
 * streams begin within a second, and each is read to its end. Prints a line of JSON; times are in microseconds. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

typedef struct {
    int fd;
    char *request;
    size_t size, sent;
    uint64_t begun, last;
    long left; /* of a whole answer's body; -1 before its head has come, -2 for a chunked one */
    char head[4096];
    size_t head_length;
    char tail[8];
    bool first, done;
} Connection;

typedef struct {
    uint32_t *values;
    size_t count, capacity;
} Samples;

static int epoll_fd;
static Samples latencies, firsts, gaps;
static long answered, failed, wanted, begun, reads;
static bool streams;
static struct sockaddr_in address;

static uint64_t now_us(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static void note(Samples *s, uint64_t value) {
    if (s->count == s->capacity) s->values = realloc(s->values, (s->capacity = s->capacity * 2 + 65536) * sizeof *s->values);
    s->values[s->count++] = value > UINT32_MAX ? UINT32_MAX : (uint32_t)value;
}

static int ascending(const void *a, const void *b) { return *(const uint32_t *)a < *(const uint32_t *)b ? -1 : *(const uint32_t *)a > *(const uint32_t *)b; }

static void print(const char *name, Samples *s) {
    qsort(s->values, s->count, sizeof *s->values, ascending);
    double p[4] = {0.5, 0.9, 0.99, 1};
    const char *names[4] = {"p50", "p90", "p99", "max"};
    printf(",\"%s\":{\"count\":%zu", name, s->count);
    for (int i = 0; i < 4 && s->count; i++) printf(",\"%s\":%u", names[i], s->values[(size_t)(p[i] * (double)(s->count - 1))]);
    printf("}");
}

static void write_more(Connection *c) {
    while (c->sent < c->size) {
        ssize_t n = send(c->fd, c->request + c->sent, c->size - c->sent, MSG_NOSIGNAL);
        if (n < 0) {
            epoll_ctl(epoll_fd, EPOLL_CTL_MOD, c->fd, &(struct epoll_event){EPOLLIN | EPOLLOUT, {.ptr = c}});
            return;
        }
        c->sent += (size_t)n;
        if (c->sent == c->size && c->size > 100000) epoll_ctl(epoll_fd, EPOLL_CTL_MOD, c->fd, &(struct epoll_event){EPOLLIN, {.ptr = c}});
    }
}

static void start(Connection *c) {
    begun++;
    c->sent = 0;
    c->head_length = 0;
    c->left = -1;
    c->first = true;
    memset(c->tail, 0, sizeof c->tail);
    c->begun = c->last = now_us();
    write_more(c);
}

static void open_connection(Connection *c) {
    int one = 1;
    c->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(c->fd, (struct sockaddr *)&address, sizeof address)) perror("load"), exit(1);
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    fcntl(c->fd, F_SETFL, O_NONBLOCK);
    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, c->fd, &(struct epoll_event){EPOLLIN, {.ptr = c}});
    start(c);
}

static void ended(Connection *c, bool fine) {
    if (fine) {
        answered++;
        note(&latencies, now_us() - c->begun);
    } else {
        failed++;
    }
    bool again = !streams && begun < wanted;
    if (!fine && !c->done) {
        close(c->fd);
        c->fd = -1;
        if (again) return open_connection(c);
    }
    if (again) return start(c);
    c->done = true;
}

/* Looks at bytes of an answer. */
static void take(Connection *c, const char *bytes, size_t n) {
    if (c->left == -1) {
        size_t room = sizeof c->head - 1 - c->head_length, part = n < room ? n : room;
        size_t before = c->head_length;
        memcpy(c->head + c->head_length, bytes, part);
        c->head_length += part;
        c->head[c->head_length] = 0;
        char *end = strstr(c->head, "\r\n\r\n");
        if (!end) return;
        size_t used = (size_t)(end - c->head) + 4 - before;
        *end = 0;
        char *field = strcasestr(c->head, "\r\ncontent-length:");
        if (strncmp(c->head + 9, "200", 3) != 0) {
            static int shown;
            if (shown++ < 3) fprintf(stderr, "load: %s\n", c->head);
        }
        c->left = field ? atol(field + 17) : -2;
        if (strncmp(c->head + 9, "200", 3) != 0) c->head[9] = 'X';
        bytes += used;
        n -= used;
    }
    if (c->left == -2) {
        if (n == 0) return;
        uint64_t now = now_us();
        reads++;
        if (c->first) note(&firsts, now - c->begun);
        else note(&gaps, now - c->last);
        c->first = false;
        c->last = now;
        if (n >= 7) memcpy(c->tail, bytes + n - 7, 7);
        else memmove(c->tail, c->tail + n, 7 - n), memcpy(c->tail + 7 - n, bytes, n);
        if (memcmp(c->tail, "\r\n0\r\n\r\n", 7) == 0) ended(c, c->head[9] == '2');
        return;
    }
    c->left -= (long)n;
    if (c->left == 0) ended(c, c->head[9] == '2');
}

static char *slurp(const char *path, size_t *size) {
    FILE *file = fopen(path, "r");
    if (!file) perror(path), exit(2);
    fseek(file, 0, SEEK_END);
    *size = (size_t)ftell(file);
    rewind(file);
    char *text = malloc(*size + 1);
    if (fread(text, 1, *size, file) != *size) exit(2);
    text[*size] = 0;
    fclose(file);
    return text;
}

int main(int argc, char **argv) {
    if (argc < 7) return fprintf(stderr, "usage: load whole|streams PORT PATH BODY HEADERS CONNECTIONS [REQUESTS]\n"), 2;
    streams = strcmp(argv[1], "streams") == 0;
    int port = atoi(argv[2]), connections = atoi(argv[6]);
    wanted = streams ? connections : atol(argv[7]);
    if (wanted < connections) connections = (int)wanted;
    size_t body_size, headers_size = 0;
    char *body = slurp(argv[4], &body_size), *lines[10000];
    int count = 0;
    if (strcmp(argv[5], "-") != 0)
        for (char *line = strtok(slurp(argv[5], &headers_size), "\n"); line && count < 10000; line = strtok(NULL, "\n")) lines[count++] = line;
    address = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    epoll_fd = epoll_create1(0);
    Connection *all = calloc((size_t)connections, sizeof *all);
    uint64_t start_time = now_us(), spread = streams ? 1000000 : 0;
    int opened = 0;
    char *buffer = malloc(1 << 18);
    struct epoll_event events[512];
    while (answered + failed < wanted) {
        while (opened < connections && now_us() - start_time >= spread * (uint64_t)opened / (uint64_t)connections) {
            Connection *c = &all[opened];
            c->request = malloc(body_size + 1024);
            int head = sprintf(c->request,
                               "POST %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Type: application/json\r\n%s%sContent-Length: %zu\r\n\r\n",
                               argv[3], port, count ? lines[opened % count] : "", count ? "\r\n" : "", body_size);
            memcpy(c->request + head, body, body_size);
            c->size = (size_t)head + body_size;
            opened++;
            open_connection(c);
        }
        int n = epoll_wait(epoll_fd, events, 512, opened < connections ? 1 : 60000);
        if (n == 0 && opened == connections) return fprintf(stderr, "load: nothing for a minute\n"), 1;
        for (int i = 0; i < n; i++) {
            Connection *c = events[i].data.ptr;
            if (c->fd < 0) continue;
            if (events[i].events & EPOLLOUT) write_more(c);
            if (!(events[i].events & ~(uint32_t)EPOLLOUT)) continue;
            ssize_t got = recv(c->fd, buffer, 1 << 18, MSG_DONTWAIT);
            if (got > 0) take(c, buffer, (size_t)got);
            else if (got == 0 || errno != EAGAIN) {
                if (c->done) close(c->fd), c->fd = -1;
                else ended(c, false);
            }
        }
    }
    double seconds = (double)(now_us() - start_time) / 1e6;
    printf("{\"answered\":%ld,\"failed\":%ld,\"reads\":%ld,\"seconds\":%.6f", answered, failed, reads, seconds);
    print("latency", &latencies);
    if (streams) print("first", &firsts), print("gap", &gaps);
    printf("}\n");
    return 0;
}
