/* Queues on one thread: their order, their handle, and what becomes of executions that are taken out, deleted or left behind. */
#include "executions.h"
#include <poll.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/epoll.h>
#endif

enum { SLEEPERS = 100 };

static VM_Module *module;
static VM_Queue *queue;
static Sleeper sleepers[SLEEPERS];

static bool is_readable(void)
{
    struct pollfd handle = { .fd = (int)VM_QueueGetHandle(queue), .events = POLLIN };
    return poll(&handle, 1, 0) == 1;
}

static void start_all(int count)
{
    for (int i = 0; i < count; i++)
        start(&sleepers[i], "nap", i, queue);
}

static void delete_all(int count)
{
    for (int i = 0; i < count; i++)
        VM_ExecutionDelete(sleepers[i].execution);
}

/* First completed, first out; one handle for all of them. */
static void keeps_the_order(void)
{
    start_all(SLEEPERS);
    CHECK(!is_readable());
    CHECK(VM_QueueNext(queue) == NULL);
    for (int i = 0; i < SLEEPERS; i++)
        complete(&sleepers[(i * 37) % SLEEPERS], 1);
    for (int i = 0; i < SLEEPERS; i++) {
        Sleeper *sleeper = &sleepers[(i * 37) % SLEEPERS];
        CHECK(is_readable());
        CHECK(VM_QueueNext(queue) == sleeper->execution);
        CHECK_STATE(sleeper->execution, VM_EXECUTION_READY);
        CHECK_OK(VM_ExecutionPoll(sleeper->execution, &error));
        CHECK_STATE(sleeper->execution, VM_EXECUTION_DONE);
    }
    CHECK(!is_readable());
    CHECK(VM_QueueNext(queue) == NULL);
    delete_all(SLEEPERS);
}

/* What is polled, waited for or deleted directly is not in the queue any more; what ends in a poll does not come into it. */
static void contains_what_is_ready(void)
{
    start_all(4);
    for (int i = 0; i < 4; i++)
        complete(&sleepers[i], 1);
    CHECK_OK(VM_ExecutionPoll(sleepers[0].execution, &error));
    CHECK_OK(VM_ExecutionWait(sleepers[1].execution, UINT64_MAX, &error));
    VM_ExecutionDelete(sleepers[2].execution);
    CHECK_INT(sleepers[2].released, sleepers[2].waits);
    CHECK(is_readable());
    CHECK(VM_QueueNext(queue) == sleepers[3].execution);
    CHECK(!is_readable());
    CHECK(VM_QueueNext(queue) == NULL);
    /* Handed out, it stays READY until it is polled, and is not handed out twice. */
    CHECK_STATE(sleepers[3].execution, VM_EXECUTION_READY);
    CHECK_OK(VM_ExecutionCancel(sleepers[3].execution, &error));
    CHECK(VM_QueueNext(queue) == NULL);
    CHECK_STATUS(VM_ExecutionPoll(sleepers[3].execution, &error), VM_STATUS_CANCELLED, "the execution was cancelled");
    CHECK(VM_QueueNext(queue) == NULL);
    sleepers[2].execution = NULL;
    delete_all(4);
}

/* Several waits of one execution; a cancel makes a suspended one ready. */
static void is_filled_again(void)
{
    start(&sleepers[0], "naps", 3, queue);
    for (int i = 3; i > 0; i--) {
        complete(&sleepers[0], i);
        CHECK(is_readable());
        CHECK(VM_QueueNext(queue) == sleepers[0].execution);
        CHECK_OK(VM_ExecutionPoll(sleepers[0].execution, &error));
        CHECK(!is_readable());
    }
    CHECK_INT(result_of(sleepers[0].execution), 6);
    start(&sleepers[1], "nap", 3, queue);
    CHECK_OK(VM_ExecutionCancel(sleepers[1].execution, &error));
    CHECK_OK(VM_ExecutionCancel(sleepers[1].execution, &error));
    CHECK_STATE(sleepers[1].execution, VM_EXECUTION_READY);
    CHECK(VM_QueueNext(queue) == sleepers[1].execution);
    sleepers[1].cancelled = 0;
    CHECK_STATUS(VM_ExecutionPoll(sleepers[1].execution, &error), VM_STATUS_CANCELLED, "the execution was cancelled");
    CHECK_INT(sleepers[1].cancelled, 1);
    CHECK_STATUS(VM_Complete(sleepers[1].token, NULL, 0, &error), VM_STATUS_STALE, "cannot be completed");
    CHECK_STATUS(VM_ExecutionCancel(sleepers[1].execution, &error), VM_STATUS_STALE, "has already ended");
    delete_all(2);
}

static void waits(void)
{
    CHECK_STATUS(VM_QueueWait(queue, 0, &error), VM_STATUS_WOULD_BLOCK, "nothing in the queue became ready within 0 milliseconds");
    CHECK_STATUS(VM_QueueWait(queue, 1, &error), VM_STATUS_WOULD_BLOCK, "within 1 millisecond");
    start_all(1);
    complete(&sleepers[0], 1);
    CHECK_OK(VM_QueueWait(queue, 0, &error));
    CHECK_OK(VM_QueueWait(queue, UINT64_MAX, &error));
    CHECK(VM_QueueNext(queue) == sleepers[0].execution);
    /* The thread that has it deletes it without polling it. */
    delete_all(1);
    CHECK(!is_readable());
}

/* Level-triggered and edge-triggered, as epoll reports it. */
static void is_watched_with_epoll(void)
{
#ifdef __linux__
    for (int mode = 0; mode < 2; mode++) {
        struct epoll_event event = { .events = mode ? EPOLLIN | EPOLLET : EPOLLIN };
        int fd = epoll_create1(EPOLL_CLOEXEC);
        CHECK(fd >= 0);
        CHECK_INT(epoll_ctl(fd, EPOLL_CTL_ADD, (int)VM_QueueGetHandle(queue), &event), 0);
        start_all(3);
        for (int round = 0; round < 2; round++) {
            VM_Execution *next;
            int taken = 0, first = round == 0 ? 0 : 2, last = round == 0 ? 2 : 3;
            CHECK_INT(epoll_wait(fd, &event, 1, 0), 0);
            for (int i = first; i < last; i++)
                complete(&sleepers[i], 1);
            CHECK_INT(epoll_wait(fd, &event, 1, 0), 1);
            CHECK_INT(epoll_wait(fd, &event, 1, 0), mode ? 0 : 1);
            for (; (next = VM_QueueNext(queue)); taken++)
                CHECK_OK(VM_ExecutionPoll(next, &error));
            CHECK_INT(taken, last - first);
        }
        delete_all(3);
        close(fd);
    }
#endif
}

/* Executions outlive their queue. */
static void is_deleted(void)
{
    VM_Queue *other = NULL;
    NEED(VM_QueueCreate(&other, &error));
    for (int i = 0; i < 3; i++)
        start(&sleepers[i], "nap", i, other);
    complete(&sleepers[0], 1);
    complete(&sleepers[1], 1);
    CHECK(VM_QueueNext(other) == sleepers[0].execution);
    VM_QueueDelete(other);
    complete(&sleepers[2], 1);
    for (int i = 0; i < 3; i++) {
        CHECK_STATE(sleepers[i].execution, VM_EXECUTION_READY);
        CHECK_OK(VM_ExecutionPoll(sleepers[i].execution, &error));
        CHECK_INT(result_of(sleepers[i].execution), 2);
    }
    delete_all(3);
}

int main(void)
{
    engine = new_engine();
    make_host();
    module = load(engine, GUEST("executions"));
    for (int i = 0; i < SLEEPERS; i++)
        make_sleeper(&sleepers[i], module);
    NEED(VM_QueueCreate(&queue, &error));
    CHECK(VM_QueueGetHandle(queue) >= 0);
    CHECK_INT(VM_QueueGetHandle(queue), VM_QueueGetHandle(queue));
    keeps_the_order();
    contains_what_is_ready();
    is_filled_again();
    waits();
    is_watched_with_epoll();
    is_deleted();
    for (int i = 0; i < SLEEPERS; i++) {
        CHECK_INT(sleepers[i].released, sleepers[i].waits);
        VM_ContextDelete(sleepers[i].context);
    }
    VM_QueueDelete(queue);
    VM_ModuleDelete(module);
    VM_HostModuleDelete(host);
    VM_EngineDelete(engine);
    return finish();
}
