/* What can be done with an execution, and with its context, while a thread is running it: on this thread, and on another one. */
#include "executions.h"
#include <pthread.h>

static VM_Module *module;
static VM_Queue *queue;
static Sleeper sleeper;

static void is_reentrant(Sleeper *of)
{
    VM_Execution *second = NULL;
    CHECK_STATE(of->execution, VM_EXECUTION_RUNNING);
    CHECK_STATUS(VM_ExecutionPoll(of->execution, &error), VM_STATUS_REENTRANT, "the execution is running on this thread");
    CHECK_STATUS(VM_ExecutionWait(of->execution, 0, &error), VM_STATUS_REENTRANT, "the execution is running on this thread");
    CHECK_STATUS(VM_ContextReset(of->context, &error), VM_STATUS_REENTRANT, "a callback of the context cannot use the context");
    CHECK_STATUS(VM_ContextStart(of->context, of->instance, "add", VALUES(VM_ValueI32(1), VM_ValueI32(2)), NULL, &second, &error),
                 VM_STATUS_REENTRANT, "a callback of the context cannot use the context");
    CHECK(second == NULL);
    forget_error();
}

static void *use_it_elsewhere(void *unused)
{
    CHECK_STATUS(VM_ExecutionPoll(sleeper.execution, &error), VM_STATUS_BUSY, "another thread is running the execution");
    CHECK_STATUS(VM_ExecutionWait(sleeper.execution, 1, &error), VM_STATUS_WOULD_BLOCK, "within 1 millisecond");
    CHECK_STATUS(VM_ContextReset(sleeper.context, &error), VM_STATUS_BUSY, "another thread is using the context");
    CHECK_STATUS(VM_ExecutionGetResults(sleeper.execution, &(VM_Value){ 0 }, 1, &error), VM_STATUS_BUSY, "is unfinished");
    CHECK(VM_QueueNext(queue) == NULL);
    forget_error();
    return unused;
}

static void *wait_for_it(void *unused)
{
    CHECK_OK(VM_ExecutionWait(sleeper.execution, UINT64_MAX, &error));
    forget_error();
    return unused;
}

static void *delete_it(void *unused)
{
    VM_ExecutionDelete(sleeper.execution);
    return unused;
}

static void *delete_its_context(void *unused)
{
    VM_ContextDelete(sleeper.context);
    return unused;
}

static void on_another_thread(void *(*work)(void *))
{
    pthread_t thread;
    CHECK_INT(pthread_create(&thread, NULL, work, NULL), 0);
    CHECK_INT(pthread_join(thread, NULL), 0);
}

static void is_used_elsewhere(Sleeper *of)
{
    (void)of;
    on_another_thread(use_it_elsewhere);
}

static void is_deleted_here(Sleeper *of)
{
    VM_ExecutionDelete(of->execution);
}

static void is_deleted_elsewhere(Sleeper *of)
{
    (void)of;
    on_another_thread(delete_it);
}

static void loses_its_context(Sleeper *of)
{
    VM_ContextDelete(of->context);
}

static void loses_its_context_elsewhere(Sleeper *of)
{
    (void)of;
    on_another_thread(delete_its_context);
}

static void is_cancelled(Sleeper *of)
{
    CHECK_INT(VM_ExecutionCancel(of->execution, NULL), VM_STATUS_OK);
}

/* A guest that waits a second time, which calls `inside`. */
static void start_and_go_on(void (*inside)(Sleeper *sleeper))
{
    make_sleeper(&sleeper, module);
    start(&sleeper, "naps", 2, queue);
    sleeper.inside = inside;
    complete(&sleeper, 1);
}

/* It goes on, as if nobody had done anything. */
static void goes_on(void (*inside)(Sleeper *sleeper))
{
    start_and_go_on(inside);
    CHECK_OK(VM_ExecutionPoll(sleeper.execution, &error));
    CHECK_STATE(sleeper.execution, VM_EXECUTION_PENDING);
    complete(&sleeper, 2);
    CHECK_OK(VM_ExecutionPoll(sleeper.execution, &error));
    CHECK_INT(result_of(sleeper.execution), 3);
    VM_ExecutionDelete(sleeper.execution);
    VM_ContextDelete(sleeper.context);
}

/* It ends when it is suspended; the thread that runs it tells its owners. */
static void ends(void (*inside)(Sleeper *sleeper), const char *why, bool handle_stays, bool context_stays)
{
    VM_Value value = VM_ValueI32(3);
    start_and_go_on(inside);
    CHECK_STATUS(VM_ExecutionPoll(sleeper.execution, &error), VM_STATUS_CANCELLED, why);
    CHECK_INT(sleeper.ended, 1);
    CHECK_INT(sleeper.cancelled, 1);
    CHECK_INT(sleeper.released, 2);
    CHECK_STATUS(VM_Complete(sleeper.token, &value, 1, &error), VM_STATUS_STALE, "cannot be completed");
    if (handle_stays)
        VM_ExecutionDelete(sleeper.execution);
    if (context_stays) {
        VM_Value sum;
        CHECK_OK(VM_ContextExecute(sleeper.context, sleeper.instance, "add", VALUES(value, value), &sum, 1, &error));
        CHECK_INT(sum.of.i32, 6);
        VM_ContextDelete(sleeper.context);
    }
    CHECK(VM_QueueNext(queue) == NULL);
}

/* A thread that waits for it sees its end, whoever polls it. */
static void is_waited_for(void)
{
    for (int i = 0; i < 20; i++) {
        pthread_t threads[2];
        make_sleeper(&sleeper, module);
        start(&sleeper, "nap", 1, i % 2 ? queue : NULL);
        for (int t = 0; t < 2; t++)
            CHECK_INT(pthread_create(&threads[t], NULL, wait_for_it, NULL), 0);
        complete(&sleeper, 4);
        for (int t = 0; t < 2; t++)
            CHECK_INT(pthread_join(threads[t], NULL), 0);
        CHECK_INT(result_of(sleeper.execution), 5);
        CHECK_INT(sleeper.ended, 1);
        CHECK(VM_QueueNext(queue) == NULL);
        VM_ExecutionDelete(sleeper.execution);
        VM_ContextDelete(sleeper.context);
    }
}

int main(void)
{
    engine = new_engine();
    make_host();
    module = load(engine, GUEST("executions"));
    NEED(VM_QueueCreate(&queue, &error));
    goes_on(is_reentrant);
    goes_on(is_used_elsewhere);
    ends(is_cancelled, "the execution was cancelled", true, true);
    ends(is_deleted_here, "the execution was cancelled", false, true);
    ends(is_deleted_elsewhere, "the execution was cancelled", false, true);
    ends(loses_its_context, "the execution was cancelled", true, false);
    ends(loses_its_context_elsewhere, "the execution was cancelled", true, false);
    is_waited_for();
    VM_QueueDelete(queue);
    VM_ModuleDelete(module);
    VM_HostModuleDelete(host);
    VM_EngineDelete(engine);
    return finish();
}
