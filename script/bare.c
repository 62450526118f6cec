// A server that does the least that a server can: one epoll loop that reads a request and writes the same bytes each time. It parses nothing
// but the end of a request and logs nothing. `script/bench page` measures the site against it.
//
//   bare PORT FILE     answers on 127.0.0.1:PORT with the bytes of FILE, head and body

#define _GNU_SOURCE // accept4
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EVENTS = 256, MOST_CONNECTIONS = 4096, MOST_BYTES = 1 << 20, MOST_REQUEST = 16384 };

static char answer[MOST_BYTES];
static size_t answer_length;
static char requests[MOST_CONNECTIONS][MOST_REQUEST];
static size_t lengths[MOST_CONNECTIONS];

static void stop(const char *what) {
    perror(what);
    exit(1);
}

static void read_answer(const char *path) {
    FILE *file = fopen(path, "rb");
    if (!file) stop(path);
    answer_length = fread(answer, 1, sizeof answer, file);
    fclose(file);
    if (answer_length == 0 || answer_length == sizeof answer) stop("the answer is empty or too long");
}

static int listen_on(int port) {
    int listener = socket(AF_INET, SOCK_STREAM, 0), yes = 1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (listener < 0 || setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) < 0 ||
        bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, 1024) < 0)
        stop("listen");
    return listener;
}

// Reads what has come and answers each whole request. Returns 0 where the connection is over.
static int serve(int connection) {
    char *request = requests[connection];
    ssize_t came = read(connection, request + lengths[connection], MOST_REQUEST - 1 - lengths[connection]);
    if (came <= 0) return came < 0 && errno == EAGAIN;
    lengths[connection] += (size_t)came;
    request[lengths[connection]] = 0;
    for (char *end; (end = strstr(request, "\r\n\r\n"));) {
        if (send(connection, answer, answer_length, MSG_NOSIGNAL) != (ssize_t)answer_length) return 0;
        lengths[connection] -= (size_t)(end + 4 - request);
        memmove(request, end + 4, lengths[connection] + 1);
    }
    return lengths[connection] < MOST_REQUEST - 1;
}

int main(int count, char **arguments) {
    if (count != 3) {
        fprintf(stderr, "bare PORT FILE\n");
        return 2;
    }
    read_answer(arguments[2]);
    int listener = listen_on(atoi(arguments[1])), poll = epoll_create1(0), yes = 1;
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener}, events[EVENTS];
    if (poll < 0 || epoll_ctl(poll, EPOLL_CTL_ADD, listener, &event) < 0) stop("epoll");
    for (;;) {
        int ready = epoll_wait(poll, events, EVENTS, -1);
        for (int at = 0; at < ready; at++) {
            int connection = events[at].data.fd;
            if (connection == listener) {
                connection = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
                if (connection < 0) continue;
                setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
                struct epoll_event next = {.events = EPOLLIN, .data.fd = connection};
                if (connection >= MOST_CONNECTIONS || epoll_ctl(poll, EPOLL_CTL_ADD, connection, &next) < 0) {
                    close(connection);
                    continue;
                }
                lengths[connection] = 0;
            } else if (!serve(connection)) {
                close(connection);
            }
        }
    }
}
