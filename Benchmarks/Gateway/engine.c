/* An engine that costs next to nothing, for measuring what stands before it:  engine PORT PACE_MICROSECONDS
 *
 * Speaks as much of Ollama's, OpenAI's and Anthropic's API as is asked for; the last only whole. An answer has as many tokens as the request's
 * `num_predict` or `max_tokens` says (16); a streamed one has a token every PACE. One thread, one epoll; all streams
 * share a wheel of a millisecond's ticks. */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define WHEEL 4096
#define MODEL "bench"

typedef struct Connection {
    int fd;
    char *in;
    size_t length, capacity;
    bool streams, openai;
    int left, total;
    uint64_t due; /* microseconds */
    struct Connection *next;
    bool dead, queued;
} Connection;

static int epoll_fd;
static uint64_t pace;
static Connection *wheel[WHEEL];
static uint64_t tick;

static uint64_t now_us(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static void schedule(Connection *c) {
    uint64_t slot = c->due / 1000;
    if (slot <= tick) slot = tick + 1;
    c->next = wheel[slot % WHEEL];
    wheel[slot % WHEEL] = c;
    c->queued = true;
}

static void drop(Connection *c) {
    if (c->fd >= 0) close(c->fd);
    c->fd = -1;
    if (c->queued) {
        c->dead = true; /* the wheel frees it */
        return;
    }
    free(c->in);
    free(c);
}

/* Sockets' buffers are larger than any answer here; who does not read is dropped. */
static bool send_all(Connection *c, const char *bytes, size_t length) {
    return send(c->fd, bytes, length, MSG_NOSIGNAL) == (ssize_t)length;
}

static bool answer_json(Connection *c, const char *body, size_t length) {
    char buffer[8192];
    int head = snprintf(buffer, sizeof buffer,
                        "HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: %zu\r\n\r\n", length);
    memcpy(buffer + head, body, length);
    return send_all(c, buffer, (size_t)head + length);
}

static int chunked(char *to, const char *line, int length) { return sprintf(to, "%x\r\n%.*s\r\n", length, length, line); }

static bool token(Connection *c) {
    char line[1024], out[2048];
    int n, size = 0;
    bool last = --c->left == 0;
    if (c->openai) {
        n = sprintf(line, "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"" MODEL
                          "\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\" token\"},\"finish_reason\":%s}]}\n\n",
                    last ? "\"stop\"" : "null");
        size += chunked(out + size, line, n);
        if (last) size += chunked(out + size, "data: [DONE]\n\n", 14);
    } else if (!last) {
        n = sprintf(line, "{\"model\":\"" MODEL "\",\"created_at\":\"2026-01-01T00:00:00.123456789Z\",\"message\":{\"role\":\"assistant\","
                          "\"content\":\" token\"},\"done\":false}\n");
        size += chunked(out + size, line, n);
    } else {
        n = sprintf(line, "{\"model\":\"" MODEL "\",\"created_at\":\"2026-01-01T00:00:00.123456789Z\",\"message\":{\"role\":\"assistant\","
                          "\"content\":\"\"},\"done\":true,\"done_reason\":\"stop\",\"total_duration\":5000000,\"load_duration\":1000,"
                          "\"prompt_eval_count\":12,\"prompt_eval_duration\":1000000,\"eval_count\":%d,\"eval_duration\":3000000}\n",
                    c->total);
        size += chunked(out + size, line, n);
    }
    if (last) size += sprintf(out + size, "0\r\n\r\n");
    return send_all(c, out, (size_t)size);
}

static int number(const char *body, size_t length, const char *name) {
    const char *at = memmem(body, length, name, strlen(name));
    return at ? atoi(at + strlen(name)) : 0;
}

static bool is_path(const char *head, const char *path) {
    const char *at = strchr(head, ' ');
    size_t n = strlen(path);
    return at && strncmp(at + 1, path, n) == 0 && (at[1 + n] == ' ' || at[1 + n] == '?');
}

#define ROW "{\"name\":\"" MODEL ":latest\",\"model\":\"" MODEL ":latest\",\"modified_at\":\"2026-01-01T00:00:00Z\",\"size\":100000000," \
    "\"digest\":\"9077fe9d2ae1a4a41a868836b56b8163731a8fe16621397028c2c76f838c6907\",\"details\":{\"parent_model\":\"\",\"format\":\"gguf\"," \
    "\"family\":\"llama\",\"families\":[\"llama\"],\"parameter_size\":\"100M\",\"quantization_level\":\"Q4_0\"}"

static bool serve(Connection *c, const char *head, const char *body, size_t length) {
    const char *text;
    c->openai = strstr(head, " /v1/") != NULL;
    if (is_path(head, "/api/version")) text = "{\"version\":\"0.13.0\"}";
    else if (is_path(head, "/api/tags")) text = "{\"models\":[" ROW "}]}";
    else if (is_path(head, "/api/ps")) text = "{\"models\":[" ROW ",\"expires_at\":\"2318-01-01T00:00:00Z\",\"size_vram\":0,\"context_length\":8192}]}";
    else if (is_path(head, "/api/show"))
        text = "{\"modelfile\":\"\",\"parameters\":\"\",\"template\":\"{{ .Prompt }}\",\"details\":{\"parent_model\":\"\",\"format\":\"gguf\","
               "\"family\":\"llama\",\"families\":[\"llama\"],\"parameter_size\":\"100M\",\"quantization_level\":\"Q4_0\"},\"model_info\":{"
               "\"general.architecture\":\"llama\",\"llama.context_length\":8192},\"capabilities\":[\"completion\",\"tools\",\"vision\"]}";
    else if (is_path(head, "/v1/models")) text = "{\"object\":\"list\",\"data\":[{\"id\":\"" MODEL "\",\"object\":\"model\",\"created\":1,\"owned_by\":\"library\"}]}";
    else if (strncmp(head, "POST", 4) != 0) text = "Ollama is running";
    else {
        int tokens = number(body, length, "\"num_predict\":");
        if (tokens <= 0) tokens = number(body, length, "\"max_tokens\":");
        if (tokens <= 0) tokens = 16;
        bool whole = c->openai ? !memmem(body, length, "\"stream\":true", 13) && !memmem(body, length, "\"stream\": true", 14)
                               : memmem(body, length, "\"stream\":false", 14) || memmem(body, length, "\"stream\": false", 15);
        if (!whole) {
            c->streams = true;
            c->left = c->total = tokens;
            char start[256];
            int n = sprintf(start, "HTTP/1.1 200 OK\r\nContent-Type: %s\r\nTransfer-Encoding: chunked\r\n\r\n",
                            c->openai ? "text/event-stream" : "application/x-ndjson");
            /* The head goes with the first token, as after a prefill of one pace. */
            c->due = now_us() + pace;
            if (!send_all(c, start, (size_t)n)) return false;
            if (pace > 0) {
                schedule(c);
                return true;
            }
            while (c->left > 0)
                if (!token(c)) return false;
            c->streams = false;
            return true;
        }
        if (is_path(head, "/v1/messages"))
            text = "{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"" MODEL "\",\"content\":[{\"type\":\"text\",\"text\":"
                   "\"The sky is blue because of scattering.\"}],\"stop_reason\":\"end_turn\",\"stop_sequence\":null,"
                   "\"usage\":{\"input_tokens\":12,\"output_tokens\":8}}";
        else text = c->openai ? "{\"id\":\"chatcmpl-1\",\"object\":\"chat.completion\",\"created\":1,\"model\":\"" MODEL "\",\"choices\":[{\"index\":0,"
                           "\"message\":{\"role\":\"assistant\",\"content\":\"The sky is blue because of scattering.\"},\"finish_reason\":\"stop\"}],"
                           "\"usage\":{\"prompt_tokens\":12,\"completion_tokens\":8,\"total_tokens\":20}}"
                         : "{\"model\":\"" MODEL "\",\"created_at\":\"2026-01-01T00:00:00.123456789Z\",\"message\":{\"role\":\"assistant\","
                           "\"content\":\"The sky is blue because of scattering.\"},\"done\":true,\"done_reason\":\"stop\",\"total_duration\":5000000,"
                           "\"load_duration\":1000,\"prompt_eval_count\":12,\"prompt_eval_duration\":1000000,\"eval_count\":8,\"eval_duration\":3000000}";
    }
    return answer_json(c, text, strlen(text));
}

/* One request of what has arrived, if it is whole: 1 if there was one, 0 if not, -1 if the connection is to go. */
static int take(Connection *c) {
    if (c->length == 0 || c->streams) return 0;
    c->in[c->length] = 0;
    char *end = memmem(c->in, c->length, "\r\n\r\n", 4);
    if (!end) return 0;
    size_t head = (size_t)(end - c->in) + 4, body = 0;
    char keep = c->in[head];
    c->in[head] = 0;
    char *field = strcasestr(c->in, "\r\ncontent-length:");
    bool is_chunked = strcasestr(c->in, "\r\ntransfer-encoding: chunked") != NULL;
    if (field) body = strtoul(field + 17, NULL, 10);
    if (strcasestr(c->in, "\r\nexpect: 100") && c->length == head && !send_all(c, "HTTP/1.1 100 Continue\r\n\r\n", 25)) return -1;
    c->in[head] = keep;
    if (is_chunked) {
        char *last = memmem(c->in + head - 2, c->length - head + 2, "\r\n0\r\n\r\n", 7);
        if (!last) return 0;
        body = (size_t)(last - c->in) + 7 - head;
    }
    if (c->length < head + body) {
        if (c->capacity < head + body + 1) c->in = realloc(c->in, c->capacity = head + body + 4096);
        return 0;
    }
    keep = c->in[head];
    c->in[head - 1] = 0;
    bool fine = serve(c, c->in, c->in + head, body);
    c->length -= head + body;
    memmove(c->in, c->in + head + body, c->length);
    return fine ? 1 : -1;
}

static void readable(Connection *c) {
    for (;;) {
        if (c->capacity - c->length < 16384) c->in = realloc(c->in, c->capacity = c->capacity * 2 + 16384);
        size_t room = c->capacity - c->length - 1;
        ssize_t n = recv(c->fd, c->in + c->length, room, 0);
        if (n == 0 || (n < 0 && errno != EAGAIN)) return drop(c);
        if (n < 0) return;
        c->length += (size_t)n;
        int taken;
        while ((taken = take(c)) == 1) {}
        if (taken < 0) return drop(c);
        if ((size_t)n < room) return;
    }
}

static void turn(void) {
    uint64_t now = now_us();
    for (uint64_t to = now / 1000; tick < to;) {
        tick++;
        Connection *c = wheel[tick % WHEEL];
        wheel[tick % WHEEL] = NULL;
        while (c) {
            Connection *next = c->next;
            c->queued = false;
            if (c->dead) {
                free(c->in);
                free(c);
            } else if (c->due / 1000 > tick) {
                schedule(c);
            } else if (!token(c)) {
                drop(c);
            } else if (c->left > 0) {
                c->due += pace;
                schedule(c);
            } else {
                c->streams = false;
                int taken;
                while ((taken = take(c)) == 1) {}
                if (taken < 0) drop(c);
            }
            c = next;
        }
    }
}

int main(int argc, char **argv) {
    if (argc != 3) return fprintf(stderr, "usage: engine PORT PACE_MICROSECONDS\n"), 2;
    pace = strtoull(argv[2], NULL, 10);
    tick = now_us() / 1000;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), one = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[1])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 4096)) return perror("engine"), 1;
    epoll_fd = epoll_create1(0);
    int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    struct itimerspec every = {{0, 1000000}, {0, 1000000}};
    timerfd_settime(timer, 0, &every, NULL);
    static int marks[2];
    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, listener, &(struct epoll_event){EPOLLIN, {.ptr = &marks[0]}});
    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, timer, &(struct epoll_event){EPOLLIN, {.ptr = &marks[1]}});
    struct epoll_event events[512];
    for (;;) {
        int count = epoll_wait(epoll_fd, events, 512, -1);
        for (int i = 0; i < count; i++) {
            void *who = events[i].data.ptr;
            if (who == &marks[0]) {
                int fd;
                while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
                    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
                    Connection *c = calloc(1, sizeof *c);
                    c->fd = fd;
                    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &(struct epoll_event){EPOLLIN, {.ptr = c}});
                }
            } else if (who == &marks[1]) {
                uint64_t expirations;
                if (read(timer, &expirations, 8) == 8) turn();
            } else if (((Connection *)who)->fd >= 0) {
                readable(who);
            }
        }
    }
}
