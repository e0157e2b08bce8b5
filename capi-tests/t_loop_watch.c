/* Watches of an event loop: descriptors that are ready, watched twice, modified, closed; ends in callbacks. Driven by epoll or poll. */
#define _POSIX_C_SOURCE 200809L
#include "test.h"
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

static VM_Loop *loop;
static atomic_int freed;
static char marks[256];
static uint64_t ids[3];
static int pipes[2];

static void check_marks(const char *expected)
{
    CHECK_TEXT(marks, expected);
    marks[0] = '\0';
}

/* Marks its name and the events. */
static void VM_CALL mark(void *name, uint64_t id, VM_LoopEvents events)
{
    CHECK(id != 0);
    snprintf(marks + strlen(marks), sizeof marks - strlen(marks), "%s:%s%s%s ", (const char *)name,
             events & VM_LOOP_READABLE ? "r" : "", events & VM_LOOP_WRITABLE ? "w" : "", events & VM_LOOP_FAILED ? "f" : "");
}

static void VM_CALL drain(void *name, uint64_t id, VM_LoopEvents events)
{
    char byte;
    mark(name, id, events);
    CHECK_INT(read(pipes[0], &byte, 1), 1);
}

/* The first that is called ends the watches of both. */
static void VM_CALL end_both(void *counter, uint64_t id, VM_LoopEvents events)
{
    int before = *(atomic_int *)counter;
    mark("both", id, events);
    CHECK_OK(VM_LoopUnwatch(loop, ids[0], &error));
    CHECK_OK(VM_LoopUnwatch(loop, ids[1], &error));
    CHECK_INT(*(atomic_int *)counter, before + 1); /* the other one's */
    CHECK_STATUS(VM_LoopUnwatch(loop, id, &error), VM_STATUS_STALE, "it was ended");
    forget_error();
}

static void open_pipe(void)
{
    if (pipe(pipes) != 0 || fcntl(pipes[0], F_SETFL, O_NONBLOCK) != 0)
        exit(1);
}

static void put(void)
{
    if (write(pipes[1], "x", 1) != 1)
        exit(1);
}

static void round_of(const char *expected)
{
    CHECK_OK(VM_LoopRunOnce(loop, 0, &error));
    check_marks(expected);
}

/* Whether the handle is readable; without one, whether a round would find something. */
static bool is_ready(int wait_ms)
{
    struct pollfd handle = { .fd = (int)VM_LoopGetHandle(loop), .events = POLLIN };
    return handle.fd < 0 || poll(&handle, 1, wait_ms) == 1;
}

static void ready(void)
{
    open_pipe();
    NEED(VM_LoopWatch(loop, pipes[0], VM_LOOP_READABLE, drain, "in", NULL, &ids[0], &error));
    NEED(VM_LoopWatch(loop, pipes[1], VM_LOOP_WRITABLE, mark, "out", NULL, &ids[1], &error));
    round_of("out:w ");
    CHECK_OK(VM_LoopModifyWatch(loop, ids[1], 0, &error));
    round_of("");
    put();
    put();
    round_of("in:r ");
    round_of("in:r ");
    round_of("");
    CHECK_OK(VM_LoopModifyWatch(loop, ids[1], VM_LOOP_WRITABLE | VM_LOOP_READABLE, &error));
    round_of("out:w ");
    CHECK_OK(VM_LoopUnwatch(loop, ids[1], &error));
    CHECK_STATUS(VM_LoopModifyWatch(loop, ids[1], 0, &error), VM_STATUS_STALE, "there is no watch");
    CHECK_STATUS(VM_LoopCancelTimer(loop, ids[0], &error), VM_STATUS_STALE, "there is no timer");
}

static void twice(void)
{
    NEED(VM_LoopWatch(loop, pipes[0], VM_LOOP_READABLE, mark, "second", NULL, &ids[1], &error));
    NEED(VM_LoopWatch(loop, pipes[0], 0, mark, "paused", NULL, &ids[2], &error));
    put();
    round_of("in:r second:r ");
    round_of("");
    CHECK_OK(VM_LoopUnwatch(loop, ids[0], &error));
    put();
    round_of("second:r ");
    round_of("second:r ");
    CHECK_OK(VM_LoopModifyWatch(loop, ids[2], VM_LOOP_READABLE, &error));
    round_of("second:r paused:r ");
    CHECK_OK(VM_LoopUnwatch(loop, ids[1], &error));
    CHECK_OK(VM_LoopUnwatch(loop, ids[2], &error));
    NEED(VM_LoopWatch(loop, pipes[0], VM_LOOP_READABLE, end_both, &freed, count_free, &ids[0], &error));
    NEED(VM_LoopWatch(loop, pipes[0], VM_LOOP_READABLE, end_both, &freed, count_free, &ids[1], &error));
    round_of("both:r ");
    CHECK_INT(freed, 2);
    round_of("");
}

/* The other side is closed; a descriptor is closed while it is watched, and another one gets its number. */
static void closed(void)
{
    int reading = pipes[0];
    CHECK_OK(VM_LoopWatch(loop, pipes[0], VM_LOOP_READABLE, mark, "end", NULL, &ids[0], &error));
    close(pipes[1]);
    round_of("end:r ");
    close(pipes[0]);
    round_of("");
    open_pipe();
    CHECK_INT(pipes[0], reading);
    put();
    round_of("");
    NEED(VM_LoopWatch(loop, pipes[0], VM_LOOP_READABLE, mark, "new", NULL, &ids[1], &error));
    CHECK_OK(VM_LoopUnwatch(loop, ids[0], &error));
    round_of("new:r ");
    close(pipes[0]);
    CHECK_OK(VM_LoopUnwatch(loop, ids[1], &error));
    close(pipes[1]);
    round_of("");
}

static void refused(void)
{
    int file = open(GUEST("everything"), O_RDONLY);
    CHECK_STATUS(VM_LoopWatch(loop, file, VM_LOOP_READABLE, mark, &freed, count_free, NULL, &error), VM_STATUS_UNSUPPORTED,
                 "it is a file or directory, for which the system does not wait");
    close(file);
    CHECK_STATUS(VM_LoopWatch(loop, file, VM_LOOP_READABLE, mark, &freed, count_free, NULL, &error), VM_STATUS_INVALID_ARGUMENT,
                 "it is not open");
    CHECK_STATUS(VM_LoopWatch(loop, -1, VM_LOOP_READABLE, mark, &freed, count_free, NULL, &error), VM_STATUS_INVALID_ARGUMENT,
                 "-1 is not a descriptor");
    CHECK_STATUS(VM_LoopWatch(loop, INT64_MAX, VM_LOOP_READABLE, mark, &freed, count_free, NULL, &error), VM_STATUS_INVALID_ARGUMENT,
                 "is not a descriptor");
    CHECK_STATUS(VM_LoopWatch(loop, 0, 8, mark, &freed, count_free, NULL, &error), VM_STATUS_INVALID_ARGUMENT,
                 "events 0x8 are not valid");
    CHECK_INT(freed, 7);
    CHECK_STATUS(VM_LoopReport(loop, 0, VM_LOOP_READABLE, &error), VM_STATUS_UNSUPPORTED, "the loop waits by itself");
}

static void VM_CALL tick(void *counter, uint64_t id)
{
    (void)id;
    ++*(atomic_int *)counter;
}

static void VM_CALL post(void *counter) { ++*(atomic_int *)counter; }

/* A program with a loop of its own waits for the handle: for descriptors, timers, and posts. */
static void handle(void)
{
    atomic_int ticks = 0;
    uint64_t id;
    open_pipe();
    CHECK(VM_LoopGetHandle(loop) < 0 || !is_ready(0));
    NEED(VM_LoopStartTimer(loop, 1, 0, tick, &ticks, NULL, NULL, &error));
    NEED(VM_LoopStartTimer(loop, 3600000, 0, tick, &ticks, NULL, &id, &error));
    CHECK(is_ready(10000));
    CHECK_OK(VM_LoopRunOnce(loop, 0, &error));
    CHECK_INT(ticks, 1);
    NEED(VM_LoopPost(loop, post, &ticks, NULL, &error));
    CHECK(is_ready(0));
    CHECK_OK(VM_LoopRunOnce(loop, 0, &error));
    CHECK_INT(ticks, 2);
    NEED(VM_LoopWatch(loop, pipes[0], VM_LOOP_READABLE, drain, "in", NULL, NULL, &error));
    CHECK(VM_LoopGetHandle(loop) < 0 || !is_ready(0));
    put();
    CHECK(is_ready(0));
    round_of("in:r ");
    CHECK(VM_LoopGetHandle(loop) < 0 || !is_ready(0));
    CHECK_OK(VM_LoopCancelTimer(loop, id, &error));
    CHECK(VM_LoopGetTimeout(loop) == UINT64_MAX);
    VM_LoopDelete(loop); /* with a watch */
    close(pipes[0]);
    close(pipes[1]);
}

int main(void)
{
    NEED(VM_LoopCreate(&loop, &error));
    ready();
    twice();
    closed();
    refused();
    handle();
    return finish();
}
