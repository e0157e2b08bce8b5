/* Executions are cancelled by number, from any thread, before they begin, while they run or wait, and when it is too late. */
#include "executions.h"
#include <pthread.h>

static VM_Module *module;
static Sleeper sleeper;

static uint64_t number_of(VM_Context *context)
{
    uint64_t id = 0;
    CHECK_OK(VM_ContextGetCancelId(context, &id, &error));
    CHECK(id != 0);
    return id;
}

static VM_Status call(const char *name, int32_t argument)
{
    VM_Value value = VM_ValueI32(argument);
    return VM_ContextExecute(sleeper.context, sleeper.instance, name, &value, 1, &value, 1, &error);
}

static void is_stale(uint64_t id)
{
    char text[100];
    snprintf(text, sizeof text, "%llu is the number of an execution that has ended", (unsigned long long)id);
    CHECK_STATUS(VM_Cancel(id, &error), VM_STATUS_STALE, text);
}

/* It names the next execution until one begins, and then that one. */
static void before_it_begins(void)
{
    uint64_t first = number_of(sleeper.context), second;
    CHECK_INT(number_of(sleeper.context), first);
    CHECK_OK(VM_Cancel(first, &error));
    CHECK_OK(VM_Cancel(first, &error));
    CHECK_STATUS(call("count", 10), VM_STATUS_CANCELLED, "the execution was cancelled");
    is_stale(first);
    CHECK_OK(call("count", 10));
    second = number_of(sleeper.context);
    CHECK(second != first);
    CHECK_OK(call("count", 10));
    is_stale(second);
    CHECK_OK(VM_Cancel(number_of(sleeper.context), &error));
    start(&sleeper, "count", 10, NULL);
    CHECK_STATE(sleeper.execution, VM_EXECUTION_FAILED);
    CHECK_STATUS(VM_ExecutionPoll(sleeper.execution, &error), VM_STATUS_CANCELLED, "the execution was cancelled");
    VM_ExecutionDelete(sleeper.execution);
    CHECK_OK(call("count", 10));
    CHECK_STATUS(VM_Cancel(7, &error), VM_STATUS_STALE, "7 is not the number of an execution of this library");
}

static uint64_t inside_number;

static void cancel_inside(Sleeper *of)
{
    inside_number = number_of(of->context);
    CHECK_OK(VM_Cancel(inside_number, &error));
    forget_error();
}

/* A host function that cancels its own execution: it ends when it is suspended or returns. */
static void while_a_host_function_runs(void)
{
    uint64_t id = number_of(sleeper.context);
    sleeper.inside = cancel_inside;
    sleeper.cancelled = sleeper.released = 0;
    CHECK_STATUS(call("nap", 1), VM_STATUS_CANCELLED, "the execution was cancelled");
    CHECK_INT(inside_number, id);
    start(&sleeper, "nap", 1, NULL);
    CHECK_STATUS(VM_ExecutionPoll(sleeper.execution, &error), VM_STATUS_CANCELLED, "the execution was cancelled");
    VM_ExecutionDelete(sleeper.execution);
    CHECK_INT(sleeper.cancelled, 2);
    CHECK_INT(sleeper.released, 2);
    is_stale(inside_number);
    sleeper.inside = NULL;
}

static void while_it_waits(void)
{
    uint64_t id;
    start(&sleeper, "nap", 1, NULL);
    id = number_of(sleeper.context);
    CHECK_OK(VM_Cancel(id, &error));
    CHECK_STATE(sleeper.execution, VM_EXECUTION_READY);
    CHECK_OK(VM_Cancel(id, &error));
    CHECK_STATUS(VM_ExecutionWait(sleeper.execution, UINT64_MAX, &error), VM_STATUS_CANCELLED, "the execution was cancelled");
    VM_ExecutionDelete(sleeper.execution);
    is_stale(id);
}

/* A reset and the deletion of the context make its number stale. */
static void when_it_is_too_late(void)
{
    uint64_t id = number_of(sleeper.context);
    CHECK_OK(VM_ContextReset(sleeper.context, &error));
    is_stale(id);
    NEED(VM_ContextInstantiate(sleeper.context, module, &sleeper.instance, &error));
    id = number_of(sleeper.context);
    VM_ContextDelete(sleeper.context);
    is_stale(id);
    make_sleeper(&sleeper, module);
}

static atomic_bool begun;

static void note_begin(Sleeper *of)
{
    (void)of;
    begun = true;
}

/* Cancels as soon as the guest waits in the host function, or before. */
static void *cancel_when_begun(void *id)
{
    while (!begun)
        ;
    CHECK_INT(VM_Cancel(*(uint64_t *)id, NULL), VM_STATUS_OK);
    return NULL;
}

static void *cancel_now(void *id)
{
    CHECK_INT(VM_Cancel(*(uint64_t *)id, NULL), VM_STATUS_OK);
    return NULL;
}

static void from_another_thread(void)
{
    pthread_t thread;
    uint64_t id;
    /* A blocking call that waits for a completion which never comes. */
    for (int i = 0; i < 20; i++) {
        begun = false;
        sleeper.inside = note_begin;
        id = number_of(sleeper.context);
        CHECK_INT(pthread_create(&thread, NULL, cancel_when_begun, &id), 0);
        CHECK_STATUS(call("nap", 1), VM_STATUS_CANCELLED, "the execution was cancelled");
        CHECK_INT(pthread_join(thread, NULL), 0);
        is_stale(id);
    }
    sleeper.inside = NULL;
    /* A guest that never ends; it may not have begun. */
    for (int i = 0; i < 20; i++) {
        id = number_of(sleeper.context);
        CHECK_INT(pthread_create(&thread, NULL, cancel_now, &id), 0);
        if (i % 2) {
            CHECK_STATUS(VM_ContextExecute(sleeper.context, sleeper.instance, "spin", NO_VALUES, NO_VALUES, &error),
                         VM_STATUS_CANCELLED, "the execution was cancelled");
        } else {
            VM_Execution *execution = NULL;
            NEED(VM_ContextStart(sleeper.context, sleeper.instance, "spin", NO_VALUES, NULL, &execution, &error));
            CHECK_STATUS(VM_ExecutionPoll(execution, &error), VM_STATUS_CANCELLED, "the execution was cancelled");
            VM_ExecutionDelete(execution);
        }
        CHECK_INT(pthread_join(thread, NULL), 0);
        CHECK_OK(call("count", 10));
    }
}

int main(void)
{
    make_host();
    for (int interruptible = 0; interruptible < 2; interruptible++) {
        engine = new_engine_with(interruptible, false);
        module = load(engine, GUEST("executions"));
        make_sleeper(&sleeper, module);
        before_it_begins();
        while_a_host_function_runs();
        while_it_waits();
        when_it_is_too_late();
        if (interruptible)
            from_another_thread();
        VM_ContextDelete(sleeper.context);
        VM_ModuleDelete(module);
        VM_EngineDelete(engine);
    }
    VM_HostModuleDelete(host);
    return finish();
}
