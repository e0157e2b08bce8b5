/* A context that a thread has entered, and executions in it, which other threads poll, wait for and delete. */
#include "hooks_waiters.h"
#include <sched.h>
#include <time.h>

static VM_Module *module;
static VM_Queue *queue;
static Sleeper sleeper;
static atomic_int waits;

static void *polls(void *expected)
{
    VM_Execution *ready = VM_QueueNext(queue);
    CHECK(ready == sleeper.execution);
    if (expected)
        CHECK_STATUS(VM_ExecutionPoll(ready, &error), VM_STATUS_BUSY, "another thread is running the execution, or holds");
    else
        CHECK_OK(VM_ExecutionPoll(ready, &error));
    CHECK(VM_QueueNext(queue) == NULL);
    forget_error();
    return NULL;
}

static void *waits_for_it(void *unused)
{
    waits = 1;
    CHECK_OK(VM_ExecutionWait(sleeper.execution, UINT64_MAX, &error));
    forget_error();
    return unused;
}

static void *deletes_it(void *unused)
{
    VM_ExecutionDelete(sleeper.execution);
    return unused;
}

static void elsewhere(void *(*work)(void *), void *argument)
{
    pthread_t thread;
    CHECK_INT(pthread_create(&thread, NULL, work, argument), 0);
    CHECK_INT(pthread_join(thread, NULL), 0);
}

static void begin(void)
{
    make_sleeper(&sleeper, module);
    CHECK_OK(VM_ContextEnter(sleeper.context, &error));
    start(&sleeper, "nap", 5, queue);
    CHECK_STATE(sleeper.execution, VM_EXECUTION_PENDING);
}

static void end(void)
{
    CHECK_INT(sleeper.ended, 1);
    VM_ExecutionDelete(sleeper.execution);
    CHECK_INT(sum(sleeper.context, sleeper.instance, 2, 3), 5);
    VM_ContextDelete(sleeper.context);
}

static void executions(void)
{
    VM_Value value;
    pthread_t thread;

    /* The thread that holds the context does all of it. */
    begin();
    CHECK_STATUS(VM_ContextExecute(sleeper.context, sleeper.instance, "add", VALUES(VM_ValueI32(1), VM_ValueI32(1)), &value, 1, &error),
                 VM_STATUS_BUSY, "an unfinished execution, a call of `nap`");
    CHECK_STATUS(VM_ContextEnter(sleeper.context, &error), VM_STATUS_BUSY, "an unfinished execution");
    complete(&sleeper, 20);
    CHECK(VM_QueueNext(queue) == sleeper.execution);
    CHECK_OK(VM_ExecutionPoll(sleeper.execution, &error));
    CHECK_INT(result_of(sleeper.execution), 21);
    CHECK_OK(VM_ContextLeave(sleeper.context, &error));
    end();

    /* Another one is refused, and finds it in the queue again when the context was left. */
    begin();
    complete(&sleeper, 21);
    elsewhere(polls, &sleeper);
    CHECK_OK(VM_ContextLeave(sleeper.context, &error));
    elsewhere(polls, NULL);
    CHECK_INT(result_of(sleeper.execution), 22);
    end();

    /* It waits until the context was left. */
    begin();
    complete(&sleeper, 22);
    waits = 0;
    CHECK_INT(pthread_create(&thread, NULL, waits_for_it, NULL), 0);
    while (!waits)
        sched_yield();
    nanosleep(&(struct timespec){ .tv_nsec = 10000000 }, NULL);
    CHECK_STATE(sleeper.execution, VM_EXECUTION_READY);
    CHECK_OK(VM_ContextLeave(sleeper.context, &error));
    CHECK_INT(pthread_join(thread, NULL), 0);
    CHECK_INT(result_of(sleeper.execution), 23);
    end();

    /* Another one deletes it, which ends it when the context is left. */
    begin();
    elsewhere(deletes_it, NULL);
    CHECK_INT(sleeper.cancelled, 0);
    CHECK_OK(VM_ContextLeave(sleeper.context, &error));
    CHECK(sleeper.cancelled == 1 && sleeper.released == 1 && sleeper.ended == 1);
    CHECK_INT(sum(sleeper.context, sleeper.instance, 2, 3), 5);
    VM_ContextDelete(sleeper.context);

    /* The context ends with it, as if nobody had entered it. */
    begin();
    VM_ContextDelete(sleeper.context);
    CHECK_INT(sleeper.ended, 0);
    CHECK_STATUS(VM_ExecutionPoll(sleeper.execution, &error), VM_STATUS_STALE, "the context was deleted, and exists until it is left");
    CHECK_STATUS(VM_ExecutionWait(sleeper.execution, UINT64_MAX, &error), VM_STATUS_STALE, "the context was deleted");
    CHECK_OK(VM_ContextLeave(sleeper.context, &error));
    CHECK_STATUS(VM_ExecutionPoll(sleeper.execution, &error), VM_STATUS_CANCELLED, NULL);
    CHECK_INT(sleeper.ended, 1);
    VM_ExecutionDelete(sleeper.execution);

    begin();
    CHECK_OK(VM_ContextReset(sleeper.context, &error));
    CHECK_STATUS(VM_ExecutionPoll(sleeper.execution, &error), VM_STATUS_CANCELLED, "its context was reset");
    VM_ExecutionDelete(sleeper.execution);
    CHECK_OK(VM_ContextLeave(sleeper.context, &error));
    VM_ContextDelete(sleeper.context);
    CHECK(VM_QueueNext(queue) == NULL);
}

int main(void)
{
    engine = new_engine();
    module = load(engine, GUEST("executions"));
    make_host();
    NEED(VM_QueueCreate(&queue, &error));
    executions();
    VM_QueueDelete(queue);
    VM_HostModuleDelete(host);
    VM_ModuleDelete(module);
    VM_EngineDelete(engine);
    return finish();
}
