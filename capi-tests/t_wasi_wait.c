/* WASI that waits for times and for pipes of the system: a thousand guests at once; cancelling and timeouts. */
#define _POSIX_C_SOURCE 200809L
#include "waits.h"
#include <fcntl.h>
#include <pthread.h>
#include <time.h>
#include <unistd.h>

enum { GUESTS = 1000, MUCH = 200000 };

static uint64_t now_ms(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000 + (uint64_t)time.tv_nsec / 1000000;
}

/* A thousand guests sleep at once on this thread; none wakes early, and a wake-up by mistake does not begin its time anew. */
static void sleeping(void)
{
    static VM_Context *contexts[GUESTS];
    static VM_Execution *naps[GUESTS];
    VM_Value times[] = { VM_ValueI64(300), VM_ValueI64(3600000) };
    uint64_t begin = now_ms();
    VM_Instance instance;
    for (int i = 0; i < GUESTS; i++) {
        contexts[i] = guest(&instance);
        naps[i] = start(contexts[i], instance, i % 2 ? "sleep" : "sleep_until_first", times, i % 2 ? 1 : 2);
    }
    for (int i = 0; i < GUESTS && now_ms() - begin < 250; i++)
        CHECK_OK(VM_ExecutionPoll(naps[i], &error));
    drain(GUESTS);
    CHECK(now_ms() - begin >= 300);
    for (int i = 0; i < GUESTS; i++) {
        CHECK_INT(ended(naps[i]), 1);
        VM_ContextDelete(contexts[i]);
    }
}

static int input[2], output[2], kept;

/* Pipes take the place of the standard streams, which guests inherit. */
static void make_pipes(void)
{
    fflush(stdout);
    kept = dup(1);
    if (pipe(input) != 0 || pipe(output) != 0 || dup2(input[0], 0) != 0 || dup2(output[1], 1) != 1 ||
        fcntl(output[0], F_SETFL, O_NONBLOCK) != 0)
        exit(1);
    close(input[0]);
    close(output[1]);
    NEED(VM_WasiInheritInput(wasi, &error));
    NEED(VM_WasiInheritStream(wasi, VM_WASI_STDOUT, &error));
}

static void remove_pipes(void)
{
    if (dup2(kept, 1) != 1)
        exit(1);
    close(kept);
    close(input[1]);
    close(output[0]);
}

/* A thread of the process waits for the pipes; no guest holds this one. */
static void pipes(void)
{
    static char bytes[4096];
    VM_Instance instance, other_instance;
    VM_Context *context = guest(&instance), *other = guest(&other_instance);
    VM_Value soon = VM_ValueI64(5), never = VM_ValueI64(3600000), much = VM_ValueI32(MUCH);
    VM_Execution *execution = start(context, instance, "wait_for_input", &never, 1), *waiting;
    size_t all = 0;
    CHECK_INT(VM_ExecutionGetState(execution), VM_EXECUTION_PENDING);
    waiting = start(other, other_instance, "wait_for_input", &never, 1);
    CHECK_INT(VM_ExecutionGetState(waiting), VM_EXECUTION_PENDING);
    CHECK(write(input[1], "four", 4) == 4);
    drain(2);
    CHECK_INT(ended(execution), 1);
    CHECK_INT(ended(waiting), 1);
    CHECK_INT(run(context, "read", NO_VALUES), 4);
    execution = start(context, instance, "read", NULL, 0);
    CHECK_INT(VM_ExecutionGetState(execution), VM_EXECUTION_PENDING);
    CHECK(write(input[1], "hello", 5) == 5);
    drain(1);
    CHECK_INT(ended(execution), 5);
    waiting = start(other, other_instance, "wait_for_input", &soon, 1);
    CHECK_OK(VM_ExecutionWait(waiting, UINT64_MAX, &error));
    CHECK_INT(ended(waiting), 0);

    execution = start(context, instance, "write", &much, 1);
    CHECK_INT(VM_ExecutionGetState(execution), VM_EXECUTION_PENDING);
    while (all < MUCH) {
        ssize_t count = read(output[0], bytes, sizeof bytes);
        all += count > 0 ? (size_t)count : 0;
        if (count <= 0 && all < MUCH)
            NEED(VM_QueueWait(queue, 60000, &error));
        for (VM_Execution *next; (next = VM_QueueNext(queue));)
            CHECK_OK(VM_ExecutionPoll(next, &error));
    }
    CHECK_INT(all, MUCH);
    CHECK(ended(execution) >= MUCH / 4096);
    VM_ContextDelete(context);
    VM_ContextDelete(other);
}

/* Cancels what runs in the context, until it has ended. */
static void *cancel(void *context)
{
    const struct timespec pause = { 0, 5000000 };
    uint64_t id;
    CHECK_OK(VM_ContextGetCancelId(context, &id, &error));
    nanosleep(&pause, NULL);
    CHECK_OK(VM_Cancel(id, &error));
    forget_error();
    return NULL;
}

/* Functions that wait end in every form: blocking or suspended, in their own thread's time or in that of another. */
static void interrupted(bool may_suspend)
{
    static const char *const waits[] = { "sleep", "sleep_until_first", "wait_for_input", "read" };
    VM_Value times[] = { VM_ValueI64(3600000), VM_ValueI64(7200000) }, result;
    NEED(VM_WasiSetMaySuspend(wasi, may_suspend, &error));
    for (int i = 0; i < 4; i++) {
        size_t count = i == 3 ? 0 : i == 1 ? 2 : 1;
        VM_Instance instance;
        VM_Context *context = guest(&instance);
        VM_Execution *execution;
        pthread_t thread;
        pthread_create(&thread, NULL, cancel, context);
        CHECK_STATUS(VM_ContextExecute(context, instance, waits[i], times, count, &result, 1, &error), VM_STATUS_CANCELLED,
                     "the execution was cancelled");
        pthread_join(thread, NULL);
        CHECK_OK(VM_ContextSetTimeout(context, 20, &error));
        CHECK_STATUS(VM_ContextExecute(context, instance, waits[i], times, count, &result, 1, &error), VM_STATUS_TIMEOUT,
                     "the execution reached its timeout of 20 ms");
        CHECK_OK(VM_ContextStart(context, instance, waits[i], times, count, queue, &execution, &error));
        CHECK(may_suspend || VM_ExecutionGetState(execution) == VM_EXECUTION_FAILED); /* it held the thread until then */
        CHECK_STATUS(VM_ExecutionWait(execution, 60000, &error), VM_STATUS_TIMEOUT, "reached its timeout");
        VM_ExecutionDelete(execution);
        CHECK_OK(VM_ContextSetTimeout(context, 0, &error));
        times[0] = VM_ValueI64(1);
        if (i < 3)
            CHECK_OK(VM_ContextExecute(context, instance, waits[i], times, count, &result, 1, &error));
        times[0] = VM_ValueI64(3600000);
        VM_ContextDelete(context);
    }
}

int main(void)
{
    VM_EngineConfig *config = NULL;
    begin(NULL);
    make_pipes();
    NEED(VM_WasiSetMaySuspend(wasi, true, &error));
    sleeping();
    pipes();
    remove_pipes();
    end();

    NEED(VM_EngineConfigCreate(&config, &error));
    NEED(VM_EngineConfigSetInterruptible(config, true, &error));
    begin(config);
    VM_EngineConfigDelete(config);
    make_pipes();
    interrupted(true);
    interrupted(false);
    remove_pipes();
    end();
    return finish();
}
