/* Host functions that suspend their guest: blocking and started calls, completions from any thread and at any moment, resume. */
#include "suspends.h"
#include <pthread.h>

static VM_Engine *engine;

static void *complete_it(void *token)
{
    VM_Value value = VM_ValueI32(30);
    CHECK_OK(VM_Complete(*(VM_Token *)token, &value, 1, &error));
    forget_error();
    return NULL;
}

/* The thread of the call waits until another one completes it. */
static VM_Status VM_CALL wait_for_thread(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    static VM_Token token;
    pthread_t *thread = user;
    (void)args;
    (void)results;
    VM_Status status = VM_CallerSuspend(caller, NULL, &token);
    CHECK_INT(pthread_create(thread, NULL, complete_it, &token), 0);
    return status;
}

static void blocking(void)
{
    VM_Context *context = new_context(engine);
    VM_HostModule *host = new_host("host");
    pthread_t thread;
    NEED(VM_HostModuleAddFunction(host, "sleep", "(i)i", wait_for_thread, &thread, NULL, &error));
    NEED(VM_HostModuleSetFunctionFlags(host, "sleep", VM_FUNCTION_MAY_SUSPEND, &error));
    NEED(VM_ContextRegisterModule(context, host, &error));
    instantiate(engine, context, GUEST("wait"));
    for (int i = 0; i < 20; i++) {
        CHECK_INT(run(context, "nap", VALUES(VM_ValueI32(1))), 31);
        CHECK_INT(pthread_join(thread, NULL), 0);
    }
    VM_HostModuleDelete(host);
    VM_ContextDelete(context);
}

/* Completed before the callback has returned, with and without functions. */
static void early(void)
{
    Script script = { .early = VM_ValueI32(5), .plain = true };
    VM_Context *context = new_suspending(engine, &script);
    CHECK_INT(run(context, "nap", VALUES(VM_ValueI32(1))), 6);
    CHECK_STATUS(complete(script.token, 5), VM_STATUS_STALE, "is the number of a suspended call that has ended, and cannot be completed");
    script.plain = false;
    CHECK_INT(run(context, "nap", VALUES(VM_ValueI32(1))), 7);
    CHECK_COUNTS(script, 1, 0);
    VM_Execution *execution = start(context, latest(context), "twice", 1);
    CHECK_INT(result_of(execution), 12);
    CHECK_COUNTS(script, 3, 0);
    VM_ExecutionDelete(execution);
    VM_ContextDelete(context);
}

static void started(void)
{
    Script script = { .plain = true };
    VM_Context *context = new_suspending(engine, &script);
    VM_Execution *execution = start(context, latest(context), "nap", 1);
    CHECK_INT(VM_ExecutionGetState(execution), VM_EXECUTION_PENDING);
    CHECK_OK(VM_ExecutionPoll(execution, &error)); /* nothing to do */
    CHECK_INT(VM_ExecutionGetState(execution), VM_EXECUTION_PENDING);
    CHECK_OK(complete(script.token, 41));
    CHECK_INT(VM_ExecutionGetState(execution), VM_EXECUTION_READY);
    CHECK_STATUS(complete(script.token, 41), VM_STATUS_STALE, NULL);
    CHECK_OK(VM_ExecutionPoll(execution, &error));
    CHECK_INT(result_of(execution), 42);
    CHECK_STATUS(complete(script.token, 41), VM_STATUS_STALE, NULL);
    VM_ExecutionDelete(execution);
    VM_ContextDelete(context);
}

/* Under 1,000 frames of the guest; what is below continues as if nothing had happened. */
static void deep(void)
{
    Script script = { .plain = true };
    VM_Context *context = new_suspending(engine, &script);
    VM_Execution *execution = start(context, latest(context), "deep", 1000);
    CHECK_OK(complete(script.token, 7));
    CHECK_OK(VM_ExecutionPoll(execution, &error));
    CHECK_INT(result_of(execution), 1007);
    VM_ExecutionDelete(execution);
    VM_ContextDelete(context);
}

/* The completion's values are resume's, any number of them; it suspends again, with a token of its own. */
static void resumed(void)
{
    Script script = { .again = 2 };
    VM_Context *context = new_suspending(engine, &script);
    VM_Execution *execution = start(context, latest(context), "nap", 10);
    VM_Token first = script.token;
    CHECK_OK(VM_Complete(first, NO_VALUES, &error));
    CHECK_INT(script.resumed, 0); /* on the thread that polls */
    CHECK_OK(VM_ExecutionPoll(execution, &error));
    CHECK_INT(VM_ExecutionGetState(execution), VM_EXECUTION_PENDING);
    CHECK_COUNTS(script, 1, 0);
    CHECK_INT(script.count, 0);
    CHECK(script.token != first);
    CHECK_STATUS(complete(first, 1), VM_STATUS_STALE, NULL);
    CHECK_OK(VM_CompleteWithFailure(script.token, VM_STATUS_IO, "not there", &error));
    CHECK_OK(VM_ExecutionPoll(execution, &error)); /* resume suspends nevertheless */
    CHECK_INT(script.status, VM_STATUS_IO);
    CHECK_TEXT(script.text, "not there");
    CHECK_COUNTS(script, 2, 0);
    CHECK_OK(VM_Complete(script.token, VALUES(VM_ValueI32(1), VM_ValueI64(2), VM_ValueI32(4)), &error));
    CHECK_OK(VM_ExecutionPoll(execution, &error));
    CHECK_INT(result_of(execution), 18);
    CHECK_COUNTS(script, 3, 0);
    CHECK_INT(script.calls, 1);
    VM_ExecutionDelete(execution);
    VM_ContextDelete(context);
}

static VM_Status VM_CALL filled(void *user, VM_Caller *caller, const VM_Completion *completion, const VM_Value *args, VM_Value *results)
{
    VM_Buffer span = { NULL, 0 };
    (void)user;
    CHECK_OK(VM_CallerGetMemorySpan(caller, 65530, 6, &span));
    CHECK(args[0].of.buffer.data == span.data && args[0].of.buffer.size == 6);
    memset(args[0].of.buffer.data, 'x', args[0].of.buffer.size);
    results[0] = completion->values[0];
    return VM_STATUS_OK;
}

/* The memory grows, and may move, after the arguments were first mapped. */
static VM_Status VM_CALL fill(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    VM_Suspension suspension = VM_SUSPENSION_INIT;
    VM_Value pages;
    (void)args;
    (void)results;
    suspension.resume = filled;
    CHECK_INT(VM_CallerCall(caller, "grow", NULL, 0, &pages, 1), VM_STATUS_OK);
    return VM_CallerSuspend(caller, &suspension, &((Script *)user)->token);
}

static void buffers(void)
{
    Script script = { 0 };
    VM_Value results[2];
    VM_Execution *execution = NULL;
    VM_Context *context = new_context(engine);
    VM_HostModule *host = new_suspending_host(&script, fill);
    NEED(VM_ContextRegisterModule(context, host, &error));
    VM_HostModuleDelete(host);
    VM_Instance instance = instantiate(engine, context, GUEST("suspend"));
    NEED(VM_ContextStart(context, instance, "fill", VALUES(VM_ValueI32(65530), VM_ValueI32(6)), NULL, &execution, &error));
    CHECK_OK(complete(script.token, 3));
    CHECK_OK(VM_ExecutionPoll(execution, &error));
    CHECK_OK(VM_ExecutionGetResults(execution, results, 2, &error));
    CHECK(results[0].of.i32 == 'x' && results[1].of.i32 == 3);
    VM_ExecutionDelete(execution);
    VM_ContextDelete(context);
}

int main(void)
{
    engine = new_engine();
    blocking();
    early();
    started();
    deep();
    resumed();
    buffers();
    VM_EngineDelete(engine);
    return finish();
}
