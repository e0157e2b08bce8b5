/*
 * Very many guests: suspended at once and resumed by four threads in random order, with one descriptor; and programs that are
 * cancelled at random moments. With LIBVM_TEST_FULL in the environment there are 10,000 of each.
 */
#include "executions.h"
#include <pthread.h>

enum { THREADS = 4, LIST = 64 };

static VM_Module *module;
static VM_Queue *queue;
static int count;
static Sleeper *sleepers;
static atomic_int next_sleeper, ended;
static int *order;

static uint32_t random_number(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

static void VM_CALL end(void *sleeper, VM_Execution *execution)
{
    (void)execution;
    ((Sleeper *)sleeper)->ended++;
    ended++;
}

/* Each thread completes what is next in the order, and polls what is ready. */
static void *resume(void *unused)
{
    while (ended < count) {
        VM_Execution *ready;
        for (int i = 0; i < 16; i++) {
            int mine = next_sleeper++;
            if (mine < count)
                complete(&sleepers[order[mine]], order[mine]);
        }
        VM_QueueWait(queue, 5, NULL);
        for (int i = 0; i < 16 && (ready = VM_QueueNext(queue)); i++)
            CHECK_OK(VM_ExecutionPoll(ready, &error));
    }
    forget_error();
    return unused;
}

static void resumed_in_random_order(void)
{
    pthread_t threads[THREADS];
    uint32_t random = 1;
    sleepers = calloc((size_t)count, sizeof *sleepers);
    order = calloc((size_t)count, sizeof *order);
    for (int i = 0; i < count; i++) {
        int other = (int)(random_number(&random) % (uint32_t)(i + 1));
        make_sleeper(&sleepers[i], module);
        start(&sleepers[i], "nap", i, queue);
        NEED(VM_ExecutionSetCallback(sleepers[i].execution, end, &sleepers[i], NULL, &error));
        CHECK_STATE(sleepers[i].execution, VM_EXECUTION_PENDING);
        order[i] = order[other];
        order[other] = i;
    }
    for (int i = 0; i < THREADS; i++)
        CHECK_INT(pthread_create(&threads[i], NULL, resume, NULL), 0);
    for (int i = 0; i < THREADS; i++)
        CHECK_INT(pthread_join(threads[i], NULL), 0);
    for (int i = 0; i < count; i++) {
        CHECK_INT(result_of(sleepers[i].execution), i + 1);
        CHECK_INT(sleepers[i].ended, 1);
        CHECK_INT(sleepers[i].released, 1);
        VM_ExecutionDelete(sleepers[i].execution);
        VM_ContextDelete(sleepers[i].context);
    }
    CHECK(VM_QueueNext(queue) == NULL);
    free(order);
    free(sleepers);
}

static _Atomic uint64_t to_cancel;
static atomic_bool over;

/* Cancels each number that it is shown, some time later. */
static void *cancel_all(void *unused)
{
    uint32_t random = 7;
    while (!over) {
        uint64_t id = atomic_exchange(&to_cancel, 0);
        if (!id)
            continue;
        for (volatile uint32_t wait = random_number(&random) % 4000; wait > 0; wait--)
            ;
        VM_Cancel(id, NULL);
    }
    return unused;
}

/* One random program: it computes, waits or never ends, blocking or started, and is cancelled at some moment. */
static void run_program(Sleeper *sleeper, uint32_t *random)
{
    static const char *const names[] = { "count", "nap", "naps", "deep", "trap", "spin" };
    uint32_t chosen = random_number(random) % 6, started = random_number(random) % 2;
    int32_t argument = (int32_t)(random_number(random) % (chosen == 0 ? 20000 : 5)) + 1;
    VM_Value value = VM_ValueI32(argument);
    VM_Status status = VM_STATUS_OK;
    uint64_t id;
    CHECK_OK(VM_ContextGetCancelId(sleeper->context, &id, &error));
    to_cancel = id;
    if (started || chosen != 5) {
        NEED(VM_ContextStart(sleeper->context, sleeper->instance, names[chosen], &value, chosen != 5, queue, &sleeper->execution, &error));
        while (status == VM_STATUS_OK && VM_ExecutionGetState(sleeper->execution) != VM_EXECUTION_DONE) {
            if (VM_ExecutionGetState(sleeper->execution) == VM_EXECUTION_PENDING && random_number(random) % 2)
                VM_Complete(sleeper->token, &value, 1, NULL);
            VM_QueueWait(queue, 0, NULL);
            VM_QueueNext(queue);
            status = VM_ExecutionPoll(sleeper->execution, NULL);
        }
        VM_ExecutionDelete(sleeper->execution);
    } else {
        status = VM_ContextExecute(sleeper->context, sleeper->instance, "spin", NO_VALUES, NO_VALUES, NULL);
    }
    CHECK(status == VM_STATUS_OK || status == VM_STATUS_CANCELLED || (chosen == 4 && status == VM_STATUS_TRAP));
    /* The number is of an execution that has ended. */
    CHECK_STATUS(VM_Cancel(id, &error), VM_STATUS_STALE, "has ended");
    CHECK_INT(sleeper->waits, sleeper->released);
    value = VM_ValueI32(3);
    CHECK_OK(VM_ContextExecute(sleeper->context, sleeper->instance, "count", &value, 1, &value, 1, &error));
    CHECK_INT(value.of.i32, 3);
}

static void cancelled_at_random_moments(void)
{
    Sleeper sleeper;
    pthread_t thread;
    uint32_t random = 3;
    CHECK_INT(pthread_create(&thread, NULL, cancel_all, NULL), 0);
    for (int i = 0; i < count; i++) {
        if (i % LIST == 0) {
            make_sleeper(&sleeper, module);
            NEED(VM_ContextSetSlice(sleeper.context, i % (2 * LIST) ? 50 : 0, &error));
        }
        run_program(&sleeper, &random);
        if (i % LIST == LIST - 1 || i == count - 1)
            VM_ContextDelete(sleeper.context);
    }
    over = true;
    CHECK_INT(pthread_join(thread, NULL), 0);
}

int main(void)
{
    const char *preloaded = getenv("LD_PRELOAD");
    count = getenv("LIBVM_TEST_FULL") ? 10000 : 1000;
    /* Valgrind takes a hundred times as long. */
    if (preloaded && strstr(preloaded, "vgpreload"))
        count /= 4;
    engine = new_engine_with(true, false);
    make_host();
    module = load(engine, GUEST("executions"));
    NEED(VM_QueueCreate(&queue, &error));
    resumed_in_random_order();
    cancelled_at_random_moments();
    VM_QueueDelete(queue);
    VM_ModuleDelete(module);
    VM_HostModuleDelete(host);
    VM_EngineDelete(engine);
    return finish();
}
