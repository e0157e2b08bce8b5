/* Executions are used from callbacks that their end calls, and from threads that meet them too late. */
#include "executions.h"
#include <pthread.h>

static VM_Module *module;
static VM_Queue *queue;
static Sleeper sleeper;

enum { RESET, DELETE, ENDS };

static void end_context(int how)
{
    if (how == RESET)
        CHECK_OK(VM_ContextReset(sleeper.context, &error));
    else
        VM_ContextDelete(sleeper.context);
}

/* The thread that ends the execution would wait for itself. */
static void waits_for_itself(Sleeper *one)
{
    CHECK_STATUS(VM_ExecutionPoll(one->execution, &error), VM_STATUS_REENTRANT, "is running on this thread");
    CHECK_STATUS(VM_ExecutionWait(one->execution, UINT64_MAX, &error), VM_STATUS_REENTRANT, "is running on this thread");
    forget_error();
}

static void deletes_it(Sleeper *one)
{
    VM_ExecutionDelete(one->execution);
}

static void in_cancel(void)
{
    for (int how = 0; how < ENDS; how++) {
        for (int deletes = 0; deletes < 2; deletes++) {
            make_sleeper(&sleeper, module);
            start(&sleeper, "nap", 1, queue);
            sleeper.in_cancel = deletes ? deletes_it : waits_for_itself;
            end_context(how);
            CHECK_INT(sleeper.cancelled, 1);
            CHECK_INT(sleeper.released, 1);
            CHECK_INT(sleeper.ended, 1);
            if (!deletes)
                VM_ExecutionDelete(sleeper.execution);
            CHECK(VM_QueueNext(queue) == NULL);
            if (how == RESET)
                VM_ContextDelete(sleeper.context);
        }
    }
}

static void *delete_it(void *execution)
{
    VM_ExecutionDelete(execution);
    return NULL;
}

static void *poll_it(void *execution)
{
    CHECK_OK(VM_ExecutionPoll(execution, &error));
    forget_error();
    return NULL;
}

static void run_thread(void *(*work)(void *), VM_Execution *execution)
{
    pthread_t thread;
    CHECK_INT(pthread_create(&thread, NULL, work, execution), 0);
    CHECK_INT(pthread_join(thread, NULL), 0);
}

/* One thread takes them out of the queue, others poll and delete them, as where threads are hidden from the program. */
static void passed_on_to_other_threads(void)
{
    make_sleeper(&sleeper, module);
    start(&sleeper, "naps", 2, queue);
    for (int naps = 2; naps-- > 0;) {
        complete(&sleeper, 1);
        CHECK(VM_QueueNext(queue) == sleeper.execution);
        run_thread(poll_it, sleeper.execution);
    }
    CHECK_STATE(sleeper.execution, VM_EXECUTION_DONE);
    run_thread(delete_it, sleeper.execution);
    VM_ContextDelete(sleeper.context);
}

static void deleted_by_another_thread(void)
{
    VM_Execution *mine;
    make_sleeper(&sleeper, module);
    start(&sleeper, "nap", 1, queue);
    complete(&sleeper, 1);
    mine = VM_QueueNext(queue);
    CHECK(mine == sleeper.execution);
    run_thread(delete_it, mine);
    CHECK_STATUS(VM_ExecutionPoll(mine, &error), VM_STATUS_STALE, "the execution was deleted by another thread");
    VM_ContextDelete(sleeper.context);
}

/* One thread takes executions out, another one polls them: they come back each time. */
static void *poll_only(void *execution)
{
    CHECK_OK(VM_ExecutionPoll(execution, &error));
    forget_error();
    return NULL;
}

static void polled_by_another_thread(void)
{
    pthread_t thread;
    make_sleeper(&sleeper, module);
    start(&sleeper, "naps", 3, queue);
    for (int i = 3; i > 0; i--) {
        complete(&sleeper, i);
        CHECK(VM_QueueNext(queue) == sleeper.execution);
        CHECK_INT(pthread_create(&thread, NULL, poll_only, sleeper.execution), 0);
        CHECK_INT(pthread_join(thread, NULL), 0);
    }
    CHECK_INT(result_of(sleeper.execution), 6);
    VM_ExecutionDelete(sleeper.execution);
    VM_ContextDelete(sleeper.context);
}

static VM_Status VM_CALL prepare(void *unused, VM_Context *context, VM_Error **failure)
{
    (void)unused;
    return VM_ContextRegisterModule(context, host, failure);
}

static bool deletes_context;

/* The context of the execution that has ended is on its way back to the pool. */
static void VM_CALL at_end(void *unused, VM_Execution *execution)
{
    VM_Instance instance;
    (void)unused;
    (void)execution;
    if (deletes_context)
        VM_ContextDelete(sleeper.context);
    else
        CHECK_STATUS(VM_ContextInstantiate(sleeper.context, module, &instance, &error), VM_STATUS_REENTRANT, NULL);
    forget_error();
}

static void returned_to_its_pool(void)
{
    VM_ContextPool *pool = NULL;
    VM_Context *next = NULL;
    VM_Instance instance;
    NEED(VM_ContextPoolCreate(engine, NULL, 1, &pool, prepare, NULL, NULL, &error));
    for (int deletes = 0; deletes < 2; deletes++) {
        memset(&sleeper, 0, sizeof sleeper);
        NEED(VM_ContextPoolTake(pool, &sleeper.context, &error));
        NEED(VM_ContextSetData(sleeper.context, &sleeper, NULL, &error));
        NEED(VM_ContextInstantiate(sleeper.context, module, &sleeper.instance, &error));
        start(&sleeper, "nap", 1, NULL);
        deletes_context = deletes;
        NEED(VM_ExecutionSetCallback(sleeper.execution, at_end, NULL, NULL, &error));
        CHECK_OK(VM_ContextPoolReturn(pool, sleeper.context, &error));
        CHECK_INT(sleeper.cancelled, 1);
        NEED(VM_ContextPoolTake(pool, &next, &error));
        CHECK_INT(VM_ContextGetInstanceCount(next), 0);
        CHECK_OK(VM_ContextInstantiate(next, module, &instance, &error));
        CHECK_OK(VM_ContextPoolReturn(pool, next, &error));
        VM_ExecutionDelete(sleeper.execution);
    }
    VM_ContextPoolDelete(pool);
}

int main(void)
{
    engine = new_engine_with(false, false);
    make_host();
    module = load(engine, GUEST("executions"));
    NEED(VM_QueueCreate(&queue, &error));
    in_cancel();
    deleted_by_another_thread();
    passed_on_to_other_threads();
    polled_by_another_thread();
    returned_to_its_pool();
    VM_QueueDelete(queue);
    VM_HostModuleDelete(host);
    VM_ModuleDelete(module);
    VM_EngineDelete(engine);
    return finish();
}
