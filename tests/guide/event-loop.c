#include "guide.h"
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static bool ended, read_it;

static void on_timer(void *user, uint64_t id)
{
    ended = true;
}

static void on_ready(void *user, uint64_t id, uint32_t events)
{
    char byte;
    read_it = read(*(int *)user, &byte, 1) == 1;
}

static void go_on(void *user, uint64_t id, uint32_t events)
{
}

int main(void)
{
    int sockets[2], epoll = epoll_create1(0);
    VM_Queue *queue;
    uint64_t id;

    VM_QueueCreate(&queue, &error);
    CHECK(!socketpair(AF_UNIX, SOCK_STREAM, 0, sockets) && write(sockets[1], "x", 1) == 1);
    int socket = sockets[0];
    void *user = &socket;
#include "event-loops.c"
    WELL();
    CHECK(read_it);
#include "in-a-program-with-a-loop-of-its-own.c"
    WELL();
    VM_LoopDelete(loop);
    VM_QueueDelete(queue);
}
