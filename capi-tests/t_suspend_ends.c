/* Executions that end while they are suspended: cancelled, deleted, reset, deleted with their context, on any thread. */
#include "suspends.h"
#include <pthread.h>

static VM_Engine *engine;

/* One that waits in `nap`. */
static VM_Execution *pending(VM_Context *context, Script *script)
{
    *script = (Script){ 0 };
    VM_Execution *execution = start(context, latest(context), "nap", 1);
    CHECK_INT(VM_ExecutionGetState(execution), VM_EXECUTION_PENDING);
    CHECK_COUNTS(*script, 0, 0);
    return execution;
}

static void cancelled(void)
{
    Script script;
    VM_Context *context = new_suspending(engine, &script);
    VM_Execution *execution = pending(context, &script);
    CHECK_OK(VM_ExecutionCancel(execution, &error));
    CHECK_STATUS(VM_ExecutionPoll(execution, &error), VM_STATUS_CANCELLED, "cancelled");
    CHECK_COUNTS(script, 0, 1);
    CHECK_STATUS(complete(script.token, 1), VM_STATUS_STALE, NULL);
    CHECK_STATUS(VM_ExecutionPoll(execution, &error), VM_STATUS_CANCELLED, NULL);
    CHECK_INT(VM_ExecutionGetState(execution), VM_EXECUTION_FAILED);
    VM_ExecutionDelete(execution);

    /* Completed and cancelled before it was polled: it ends, and resume does not run. */
    execution = pending(context, &script);
    CHECK_OK(complete(script.token, 1));
    CHECK_OK(VM_ExecutionCancel(execution, &error));
    CHECK_STATUS(VM_ExecutionPoll(execution, &error), VM_STATUS_CANCELLED, NULL);
    CHECK_COUNTS(script, 0, 1);
    VM_ExecutionDelete(execution);

    /* The context can be used again. */
    execution = pending(context, &script);
    CHECK_OK(complete(script.token, 5));
    CHECK_OK(VM_ExecutionPoll(execution, &error));
    CHECK_INT(result_of(execution), 7);
    VM_ExecutionDelete(execution);
    VM_ContextDelete(context);
}

static void deleted(void)
{
    Script script;
    VM_Context *context = new_suspending(engine, &script);
    VM_ExecutionDelete(pending(context, &script));
    CHECK_COUNTS(script, 0, 1);
    CHECK_STATUS(complete(script.token, 1), VM_STATUS_STALE, NULL);

    VM_Execution *execution = pending(context, &script);
    CHECK_OK(VM_ContextReset(context, &error));
    CHECK_COUNTS(script, 0, 1);
    CHECK_STATUS(complete(script.token, 1), VM_STATUS_STALE, NULL);
    CHECK_STATUS(VM_ExecutionPoll(execution, &error), VM_STATUS_CANCELLED, NULL);
    VM_ExecutionDelete(execution);

    instantiate(engine, context, GUEST("suspend"));
    execution = pending(context, &script);
    VM_ContextDelete(context);
    CHECK_COUNTS(script, 0, 1);
    CHECK_STATUS(complete(script.token, 1), VM_STATUS_STALE, NULL);
    CHECK_STATUS(VM_ExecutionPoll(execution, &error), VM_STATUS_CANCELLED, NULL);
    VM_ExecutionDelete(execution);
}

/* Three suspended calls of one guest, each below the other's guest: all are told, the innermost first. */
static VM_Token tokens[3];
static int ended[3], end_count;

static void VM_CALL note(void *user)
{
    ended[end_count++] = (int)(intptr_t)user;
}

static VM_Status VM_CALL nest(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    int depth = ++*(int *)user;
    VM_Suspension suspension = VM_SUSPENSION_INIT;
    VM_Ref nap = VM_RefNull();
    (void)results;
    suspension.user = (void *)(intptr_t)depth;
    suspension.cancel = note;
    if (depth == 3)
        return VM_CallerSuspend(caller, &suspension, &tokens[2]);
    CHECK_INT(VM_CallerGetExport(caller, "nap", &nap), VM_STATUS_OK);
    return VM_CallerStartCall(caller, nap, args, 1, &suspension, &tokens[depth - 1]);
}

static void nested(void)
{
    VM_Context *context = new_context(engine);
    VM_HostModule *host = new_host("host");
    int depth = 0;
    NEED(VM_HostModuleAddFunction(host, "sleep", "(i)i", nest, &depth, NULL, &error));
    NEED(VM_HostModuleSetFunctionFlags(host, "sleep", VM_FUNCTION_MAY_SUSPEND, &error));
    NEED(VM_ContextRegisterModule(context, host, &error));
    VM_HostModuleDelete(host);
    VM_Execution *execution = start(context, instantiate(engine, context, GUEST("wait")), "nap", 1);
    CHECK_INT(depth, 3);
    CHECK_STATUS(complete(tokens[0], 1), VM_STATUS_STALE, NULL); /* the guest completes these */
    CHECK_STATUS(complete(tokens[1], 1), VM_STATUS_STALE, NULL);
    VM_ContextDelete(context);
    CHECK_INT(end_count, 3);
    CHECK(ended[0] == 3 && ended[1] == 2 && ended[2] == 1);
    VM_ExecutionDelete(execution);
}

static void *complete_until_stale(void *token)
{
    VM_Value value = VM_ValueI32(1);
    while (VM_Complete(*(VM_Token *)token, &value, 1, NULL) == VM_STATUS_OK)
        ;
    return NULL;
}

/* Completed on one thread while another ends it: one of both comes first, and everything is freed. */
static void raced(void)
{
    Script script;
    VM_Context *context = new_suspending(engine, &script);
    for (int i = 0; i < 200; i++) {
        VM_Execution *execution = pending(context, &script);
        pthread_t thread;
        CHECK_INT(pthread_create(&thread, NULL, complete_until_stale, &script.token), 0);
        if (i % 2)
            CHECK(VM_ExecutionCancel(execution, NULL) == VM_STATUS_OK);
        VM_Status status = VM_ExecutionPoll(execution, NULL);
        VM_ExecutionDelete(execution);
        CHECK_INT(pthread_join(thread, NULL), 0);
        CHECK(status == VM_STATUS_OK || status == VM_STATUS_CANCELLED);
        CHECK_INT(script.resumed + script.cancelled, 1);
        CHECK_INT(script.released, 1);
    }
    VM_ContextDelete(context);
}

int main(void)
{
    engine = new_engine();
    cancelled();
    deleted();
    nested();
    raced();
    VM_EngineDelete(engine);
    return finish();
}
