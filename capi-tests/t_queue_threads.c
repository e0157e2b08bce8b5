/* A few threads drain one queue while others complete, cancel and delete: each execution ends once, and nothing is lost. */
#include "executions.h"
#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

enum { SLEEPERS = 60, NAPS = 4, POLLERS = 3 };

static VM_Module *module;
static VM_Queue *queue;
static Sleeper sleepers[SLEEPERS];
static atomic_bool deleted[SLEEPERS];
static atomic_int running[SLEEPERS];
static atomic_int ended;

static void VM_CALL end(void *sleeper, VM_Execution *execution)
{
    (void)execution;
    ((Sleeper *)sleeper)->ended++;
    ended++;
}

/* Only one thread is in an execution. */
static void alone(Sleeper *sleeper)
{
    CHECK_INT(running[sleeper - sleepers]++, 0);
    running[sleeper - sleepers]--;
}

static void *poll_all(void *unused)
{
    while (ended < SLEEPERS) {
        VM_Execution *next;
        VM_QueueWait(queue, 5, NULL);
        while ((next = VM_QueueNext(queue))) {
            VM_Status status = VM_ExecutionPoll(next, NULL);
            CHECK(status == VM_STATUS_OK || status == VM_STATUS_CANCELLED || status == VM_STATUS_STALE);
        }
    }
    return unused;
}

static void *complete_all(void *unused)
{
    for (unsigned i = 0; ended < SLEEPERS; i += 7) {
        VM_Value one = VM_ValueI32(1);
        VM_Token token = sleepers[i % SLEEPERS].token;
        VM_Status status = VM_Complete(token, &one, 1, NULL);
        CHECK(status == VM_STATUS_OK || status == VM_STATUS_STALE);
    }
    return unused;
}

/* Every third is cancelled, every fifth deleted, at some time. */
static void *end_some(void *unused)
{
    for (int i = 0; i < SLEEPERS; i++) {
        VM_QueueWait(queue, 0, NULL);
        if (i % 3 == 0) {
            VM_Status status = VM_ExecutionCancel(sleepers[i].execution, NULL);
            CHECK(status == VM_STATUS_OK || status == VM_STATUS_STALE);
        }
        if (i % 5 == 0) {
            deleted[i] = true;
            VM_ExecutionDelete(sleepers[i].execution);
        }
    }
    return unused;
}

static void drain(void)
{
    pthread_t threads[POLLERS + 2];
    int count = 0;
    ended = 0;
    for (int i = 0; i < SLEEPERS; i++) {
        make_sleeper(&sleepers[i], module);
        sleepers[i].inside = alone;
        deleted[i] = false;
        start(&sleepers[i], "naps", NAPS, queue);
        CHECK_OK(VM_ExecutionSetCallback(sleepers[i].execution, end, &sleepers[i], NULL, &error));
    }
    for (; count < POLLERS; count++)
        CHECK_INT(pthread_create(&threads[count], NULL, poll_all, NULL), 0);
    CHECK_INT(pthread_create(&threads[count++], NULL, complete_all, NULL), 0);
    CHECK_INT(pthread_create(&threads[count++], NULL, end_some, NULL), 0);
    for (int i = 0; i < count; i++)
        CHECK_INT(pthread_join(threads[i], NULL), 0);
    for (int i = 0; i < SLEEPERS; i++) {
        CHECK_INT(sleepers[i].ended, 1);
        CHECK_INT(sleepers[i].released, sleepers[i].waits);
        if (!deleted[i]) {
            if (VM_ExecutionGetState(sleepers[i].execution) == VM_EXECUTION_DONE)
                CHECK_INT(result_of(sleepers[i].execution), NAPS);
            else
                CHECK_STATUS(VM_ExecutionPoll(sleepers[i].execution, &error), VM_STATUS_CANCELLED, "the execution was cancelled");
            VM_ExecutionDelete(sleepers[i].execution);
        }
        VM_ContextDelete(sleepers[i].context);
    }
    CHECK(VM_QueueNext(queue) == NULL);
}

/* What a thread took out stays valid until it has polled it, also if another one deletes it meanwhile. */
static void *delete_first(void *unused)
{
    VM_ExecutionDelete(sleepers[0].execution);
    return unused;
}

static void deletes_defer(void)
{
    pthread_t thread;
    VM_Execution *next;
    make_sleeper(&sleepers[0], module);
    start(&sleepers[0], "nap", 1, queue);
    complete(&sleepers[0], 1);
    next = VM_QueueNext(queue);
    CHECK(next == sleepers[0].execution);
    CHECK_INT(pthread_create(&thread, NULL, delete_first, NULL), 0);
    CHECK_INT(pthread_join(thread, NULL), 0);
    CHECK_INT(sleepers[0].ended, 1);
    CHECK_INT(sleepers[0].released, 1);
    CHECK_STATE(next, VM_EXECUTION_FAILED);
    CHECK_STATUS(VM_ExecutionPoll(next, &error), VM_STATUS_STALE, "the execution was deleted by another thread");
    VM_ContextDelete(sleepers[0].context);
}


static void *wait_for_queue(void *of)
{
    VM_Status status = VM_QueueWait(of, UINT64_MAX, &error);
    CHECK(status == VM_STATUS_OK);
    CHECK(VM_QueueNext(of) == sleepers[0].execution);
    CHECK_OK(VM_ExecutionPoll(sleepers[0].execution, &error));
    forget_error();
    return NULL;
}

static void waiters_are_woken(void)
{
    for (int i = 0; i < 20; i++) {
        pthread_t thread;
        make_sleeper(&sleepers[0], module);
        start(&sleepers[0], "nap", 1, queue);
        CHECK_INT(pthread_create(&thread, NULL, wait_for_queue, queue), 0);
        complete(&sleepers[0], i);
        CHECK_INT(pthread_join(thread, NULL), 0);
        CHECK_INT(result_of(sleepers[0].execution), i + 1);
        VM_ExecutionDelete(sleepers[0].execution);
        VM_ContextDelete(sleepers[0].context);
    }
}

/* A process without descriptors has no further queue, and the existing one works. */
static void needs_a_descriptor(void)
{
    struct rlimit former, few;
    VM_Queue *none = NULL;
    int taken[100], count = 0;
    CHECK_INT(getrlimit(RLIMIT_NOFILE, &former), 0);
    few = former;
    few.rlim_cur = 100;
    CHECK_INT(setrlimit(RLIMIT_NOFILE, &few), 0);
    while (count < 100 && (taken[count] = dup(0)) >= 0)
        count++;
    CHECK_STATUS(VM_QueueCreate(&none, &error), VM_STATUS_IO, "cannot create a descriptor for the queue: ");
    CHECK(VM_ErrorGetOsError(error) != 0);
    CHECK(none == NULL);
    while (count > 0)
        close(taken[--count]);
    CHECK_INT(setrlimit(RLIMIT_NOFILE, &former), 0);
}

int main(void)
{
    engine = new_engine();
    make_host();
    module = load(engine, GUEST("executions"));
    NEED(VM_QueueCreate(&queue, &error));
    for (int round = 0; round < 3; round++)
        drain();
    deletes_defer();
    needs_a_descriptor();
    waiters_are_woken();
    VM_QueueDelete(queue);
    VM_ModuleDelete(module);
    VM_HostModuleDelete(host);
    VM_EngineDelete(engine);
    return finish();
}
