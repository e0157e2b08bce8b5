/* An event loop on the host's own loop, which is made of poll() here: its table is called in rounds only, wake on any thread. */
#define _POSIX_C_SOURCE 200809L
#include "test.h"
#include <poll.h>
#include <pthread.h>
#include <time.h>
#include <unistd.h>

/* The host's loop: descriptors, one timer, and a pipe that wakes it. */
typedef struct Own {
    struct pollfd watched[4];
    int count;
    uint64_t timer; /* milliseconds of the monotonic clock, or UINT64_MAX */
    int wake[2];
    atomic_int wakes, freed;
    bool in_round;
} Own;

static Own own = { .timer = UINT64_MAX };
static VM_Loop *loop;
static char marks[256];

static uint64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000 + (uint64_t)time.tv_nsec / 1000000;
}

static int find(int64_t fd)
{
    int i = 0;
    while (i < own.count && own.watched[i].fd != fd)
        i++;
    return i;
}

static VM_Status VM_CALL watch(void *user, int64_t fd, VM_LoopEvents events)
{
    int i = find(fd);
    CHECK(user == &own && own.in_round);
    if (fd == 1000)
        return VM_STATUS_UNSUPPORTED;
    own.count += i == own.count;
    own.watched[i].fd = (int)fd;
    own.watched[i].events = (short)((events & VM_LOOP_READABLE ? POLLIN : 0) | (events & VM_LOOP_WRITABLE ? POLLOUT : 0));
    return VM_STATUS_OK;
}

static void VM_CALL unwatch(void *user, int64_t fd)
{
    CHECK(user == &own && own.in_round);
    CHECK(find(fd) < own.count);
    own.watched[find(fd)] = own.watched[own.count - 1];
    own.count--;
}

static void VM_CALL set_timer(void *user, uint64_t ms)
{
    CHECK(user == &own && own.in_round);
    own.timer = ms == UINT64_MAX ? ms : now() + ms;
}

static void VM_CALL wake(void *user)
{
    CHECK(user == &own);
    own.wakes++;
    if (write(own.wake[1], "w", 1) != 1)
        exit(1);
}

static void VM_CALL free_own(void *user) { ((Own *)user)->freed++; }

/* What the host's loop does: waits, and passes on what has come. */
static void turn(void)
{
    struct pollfd all[5];
    uint64_t start = now();
    char bytes[16];
    all[0] = (struct pollfd){ .fd = own.wake[0], .events = POLLIN };
    memcpy(all + 1, own.watched, sizeof own.watched);
    poll(all, 1 + (nfds_t)own.count, own.timer == UINT64_MAX ? 5000 : own.timer > start ? (int)(own.timer - start) : 0);
    own.in_round = true;
    for (int i = own.count; i > 0; i--)
        if (all[i].revents)
            CHECK_OK(VM_LoopReport(loop, all[i].fd,
                                   (all[i].revents & POLLIN ? VM_LOOP_READABLE : 0) | (all[i].revents & POLLOUT ? VM_LOOP_WRITABLE : 0),
                                   &error));
    if (all[0].revents)
        CHECK(read(own.wake[0], bytes, sizeof bytes) > 0);
    if (all[0].revents || own.timer <= now()) {
        own.timer = UINT64_MAX;
        CHECK_OK(VM_LoopRunOnce(loop, UINT64_MAX, &error)); /* does not wait */
    }
    own.in_round = false;
}

static void mark(const char *text)
{
    if (strlen(marks) + strlen(text) < sizeof marks)
        strcat(marks, text);
}

static void VM_CALL on_timer(void *text, uint64_t id)
{
    (void)id;
    mark(text);
}

static void VM_CALL on_post(void *text) { mark(text); }

static int pipes[2];

static void VM_CALL on_ready(void *text, uint64_t id, VM_LoopEvents events)
{
    char byte;
    mark(text);
    mark(events == VM_LOOP_FAILED ? ":f " : events == VM_LOOP_READABLE ? ":r " : "?");
    if (events == VM_LOOP_READABLE && read(pipes[0], &byte, 1) != 1)
        CHECK_OK(VM_LoopUnwatch(loop, id, &error));
}

/* Turns until there are these marks. */
static void until(const char *expected)
{
    for (int i = 0; i < 20 && strcmp(marks, expected) != 0; i++)
        turn();
    CHECK_TEXT(marks, expected);
    marks[0] = '\0';
}

static void *post_from_thread(void *unused)
{
    NEED(VM_LoopPost(loop, on_post, "posted ", NULL, &error));
    NEED(VM_LoopStartTimer(loop, 1, 0, on_timer, "later ", NULL, NULL, &error));
    return unused;
}

static void incomplete(void)
{
    VM_LoopHost host = VM_LOOPHOST_INIT;
    CHECK_STATUS(VM_LoopCreateOnHost(&host, &own, free_own, &loop, &error), VM_STATUS_NULL_ARGUMENT, "the function watch of host is NULL");
    host = (VM_LoopHost){ sizeof host, 0, watch, unwatch, set_timer, NULL };
    CHECK_STATUS(VM_LoopCreateOnHost(&host, &own, free_own, &loop, &error), VM_STATUS_NULL_ARGUMENT, "the function wake of host is NULL");
    host.size = 4;
    CHECK_STATUS(VM_LoopCreateOnHost(&host, &own, free_own, &loop, &error), VM_STATUS_INVALID_ARGUMENT, "initialize it with VM_LOOPHOST_INIT");
    CHECK_INT(own.freed, 3);
    own.freed = 0;
}

int main(void)
{
    const VM_LoopHost host = { sizeof host, 0, watch, unwatch, set_timer, wake };
    pthread_t thread;
    uint64_t id, failing;
    incomplete();
    if (pipe(pipes) != 0 || pipe(own.wake) != 0)
        return 1;
    NEED(VM_LoopCreateOnHost(&host, &own, free_own, &loop, &error));
    CHECK_INT(VM_LoopGetHandle(loop), -1);

    NEED(VM_LoopStartTimer(loop, 0, 0, on_timer, "first ", NULL, NULL, &error));
    NEED(VM_LoopStartTimer(loop, 10, 0, on_timer, "late ", NULL, NULL, &error));
    CHECK(own.wakes > 0);
    until("first late ");
    CHECK(own.timer == UINT64_MAX);

    NEED(VM_LoopWatch(loop, pipes[0], VM_LOOP_READABLE, on_ready, "in", NULL, &id, &error));
    CHECK_INT(VM_LoopGetTimeout(loop), 0); /* the host is told in the next round */
    turn();
    CHECK_INT(own.count, 1);
    CHECK(write(pipes[1], "12", 2) == 2);
    until("in:r in:r ");
    pthread_create(&thread, NULL, post_from_thread, NULL);
    pthread_join(thread, NULL);
    until("posted later ");

    NEED(VM_LoopWatch(loop, 1000, VM_LOOP_READABLE, on_ready, "bad", NULL, &failing, &error));
    until("bad:f ");
    CHECK_STATUS(VM_LoopUnwatch(loop, failing, &error), VM_STATUS_STALE, "it was ended");
    CHECK_OK(VM_LoopReport(loop, 1000, VM_LOOP_READABLE, &error)); /* nobody watches it */

    CHECK_OK(VM_LoopUnwatch(loop, id, &error));
    turn();
    CHECK_INT(own.count, 0);
    NEED(VM_LoopWatch(loop, pipes[0], VM_LOOP_READABLE, on_ready, "in", NULL, NULL, &error));
    turn();
    CHECK_INT(own.freed, 0);
    VM_LoopDelete(loop); /* from now on no function of the table is called */
    CHECK_INT(own.freed, 1);
    return finish();
}
