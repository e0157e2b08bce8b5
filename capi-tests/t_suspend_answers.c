/* What callbacks answer after suspending, what completions may contain, and functions that may not suspend. */
#include "suspends.h"

static VM_Engine *engine;

static VM_Status nap(VM_Context *context)
{
    VM_Value value = VM_ValueI32(1);
    return VM_ContextExecute(context, latest(context), "nap", &value, 1, &value, 1, &error);
}

static void wrong_answers(void)
{
    Script script = { .leave = true, .answer = VM_STATUS_PENDING };
    VM_Context *context = new_suspending(engine, &script);
    CHECK_STATUS(nap(context), VM_STATUS_BAD_ANSWER, "host function `host.wait` returned VM_STATUS_PENDING");
    CHECK_TEXT(VM_ErrorGetFunctionName(error), "wait");
    script.answer = 2;
    CHECK_STATUS(nap(context), VM_STATUS_BAD_ANSWER, "returned 2, which is not a valid status");
    CHECK_COUNTS(script, 0, 0);

    script = (Script){ .pretend = true };
    CHECK_STATUS(nap(context), VM_STATUS_BAD_ANSWER, "host function `host.wait` ");
    CHECK_COUNTS(script, 0, 1);
    CHECK_STATUS(complete(script.token, 1), VM_STATUS_STALE, NULL);

    script = (Script){ .answer = VM_STATUS_IO };
    CHECK_STATUS(nap(context), VM_STATUS_IO, "host function `host.wait` failed with VM_STATUS_IO");
    CHECK_COUNTS(script, 0, 1);
    CHECK_STATUS(complete(script.token, 1), VM_STATUS_STALE, NULL);

    /* The completion that came early is lost with the suspension. */
    script = (Script){ .answer = VM_STATUS_IO, .early = VM_ValueI32(1) };
    CHECK_STATUS(nap(context), VM_STATUS_IO, NULL);
    CHECK_COUNTS(script, 0, 1);

    /* The context is as it was. */
    script = (Script){ .early = VM_ValueI32(1) };
    CHECK_OK(nap(context));
    CHECK_COUNTS(script, 1, 0);
    VM_ContextDelete(context);
}

static void without_the_flag(void)
{
    Script script = { 0 };
    VM_Context *context = new_suspending(engine, &script);
    CHECK_STATUS(VM_ContextExecute(context, latest(context), "plain", VALUES(VM_ValueI32(1)), VALUES(VM_ValueI32(1)), &error),
                 VM_STATUS_UNSUPPORTED, "host function `host.plain` cannot suspend: it does not have the flag VM_FUNCTION_MAY_SUSPEND");
    CHECK_COUNTS(script, 0, 1);
    script.plain = true;
    CHECK_STATUS(VM_ContextExecute(context, latest(context), "plain", VALUES(VM_ValueI32(1)), VALUES(VM_ValueI32(1)), &error),
                 VM_STATUS_UNSUPPORTED, "host.plain");
    VM_ContextDelete(context);
}

static VM_Caller *former;

/* A second suspension of one call, a size that cannot be, NULL for the token, and a caller after its call. */
static VM_Status VM_CALL misuse(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    Script *script = user;
    VM_Suspension suspension = { sizeof suspension, 0, script, script_resume, script_cancel, script_release };
    VM_Token token = 1;
    (void)args;
    (void)results;
    former = caller;
    CHECK_INT(VM_CallerSuspend(NULL, &suspension, &token), VM_STATUS_NULL_ARGUMENT);
    CHECK_INT(VM_CallerStartCall(NULL, VM_RefNull(), NULL, 0, &suspension, &token), VM_STATUS_NULL_ARGUMENT);
    CHECK_COUNTS(*script, 0, 2);
    CHECK_INT(VM_CallerSuspend(caller, &suspension, NULL), VM_STATUS_NULL_ARGUMENT);
    CHECK_INT(VM_CallerStartCall(caller, VM_RefNull(), NULL, 0, &suspension, &token), VM_STATUS_NULL_ARGUMENT);
    CHECK_COUNTS(*script, 0, 4);
    suspension.reserved = 1;
    CHECK_INT(VM_CallerSuspend(caller, &suspension, &token), VM_STATUS_INVALID_ARGUMENT);
    CHECK_COUNTS(*script, 0, 5);
    suspension.reserved = 0;
    suspension.size = 8;
    CHECK_INT(VM_CallerSuspend(caller, &suspension, &token), VM_STATUS_INVALID_ARGUMENT);
    CHECK_COUNTS(*script, 0, 5);
    suspension.size = sizeof suspension;
    CHECK_INT(token, 1);
    CHECK_INT(VM_CallerSuspend(caller, NULL, &script->token), VM_STATUS_PENDING);
    CHECK_INT(VM_CallerSuspend(caller, &suspension, &token), VM_STATUS_ALREADY_EXISTS);
    CHECK_COUNTS(*script, 0, 6);
    CHECK_OK(complete(script->token, 8));
    return VM_STATUS_PENDING;
}

static void misused(void)
{
    Script script = { 0 };
    VM_Context *context = new_context(engine);
    VM_HostModule *host = new_host("host");
    NEED(VM_HostModuleAddFunction(host, "sleep", "(i)i", misuse, &script, NULL, &error));
    NEED(VM_HostModuleSetFunctionFlags(host, "sleep", VM_FUNCTION_MAY_SUSPEND, &error));
    NEED(VM_ContextRegisterModule(context, host, &error));
    instantiate(engine, context, GUEST("wait"));
    CHECK_INT(run(context, "nap", VALUES(VM_ValueI32(1))), 9);
    VM_Suspension suspension = { sizeof suspension, 0, &script, script_resume, script_cancel, script_release };
    VM_Token token;
    CHECK_INT(VM_CallerSuspend(former, &suspension, &token), VM_STATUS_STALE);
    CHECK_COUNTS(script, 0, 7);
    VM_HostModuleDelete(host);
    VM_ContextDelete(context);
}

/* A completion that the function could not return is refused, and another one can follow. */
static void wrong_completions(void)
{
    Script script = { .plain = true };
    VM_Context *context = new_suspending(engine, &script);
    VM_Execution *execution = start(context, latest(context), "nap", 1);
    CHECK_STATUS(VM_Complete(script.token, VALUES(VM_ValueF32(1)), &error), VM_STATUS_WRONG_TYPE,
                 "result 1 is f32, but the suspended host function returns i32 there");
    CHECK_STATUS(VM_Complete(script.token, NO_VALUES, &error), VM_STATUS_WRONG_COUNT,
                 "the suspended host function has 1 result, but 0 were passed");
    CHECK_STATUS(VM_Complete(script.token, VALUES(VM_ValueI32(1), VM_ValueI32(2)), &error), VM_STATUS_WRONG_COUNT, "2 were passed");
    CHECK_STATUS(VM_Complete(script.token, NULL, 1, &error), VM_STATUS_NULL_ARGUMENT, "values is NULL");
    CHECK_STATUS(VM_Complete(script.token, VALUES((VM_Value){ 0 }), &error), VM_STATUS_WRONG_TYPE, NULL);
    CHECK_STATUS(VM_CompleteWithFailure(script.token, VM_STATUS_OK, NULL, &error), VM_STATUS_INVALID_ARGUMENT,
                 "0 is not the status of a failure");
    CHECK_STATUS(VM_CompleteWithFailure(script.token, VM_STATUS_PENDING, NULL, &error), VM_STATUS_INVALID_ARGUMENT,
                 "1 is not the status of a failure");
    CHECK_STATUS(VM_Complete(script.token ^ 1, NO_VALUES, &error), VM_STATUS_STALE, "is not the number of a suspended call of this library");
    CHECK_INT(VM_ExecutionGetState(execution), VM_EXECUTION_PENDING);
    CHECK_OK(complete(script.token, 5));
    CHECK_OK(VM_ExecutionPoll(execution, &error));
    CHECK_INT(result_of(execution), 6);
    VM_ExecutionDelete(execution);

    script.plain = false; /* resume takes any numbers, and nothing else */
    execution = start(context, latest(context), "nap", 1);
    CHECK_STATUS(VM_Complete(script.token, VALUES(VM_ValueI32(1), VM_ValueExternRef(VM_RefNull())), &error), VM_STATUS_WRONG_TYPE,
                 "value 2 is externref; a suspension with `resume` is completed with numbers");
    CHECK_OK(complete(script.token, 5));
    VM_ExecutionDelete(execution);
    VM_ContextDelete(context);
    CHECK_COUNTS(script, 0, 1); /* nobody polled it */
}

static void failed(void)
{
    Script script = { .plain = true };
    VM_Context *context = new_suspending(engine, &script);
    VM_Execution *execution = start(context, latest(context), "nap", 1);
    CHECK_OK(VM_CompleteWithFailure(script.token, VM_STATUS_USER - 5, "the disk is full", &error));
    CHECK_STATUS(complete(script.token, 1), VM_STATUS_STALE, NULL);
    CHECK_STATUS(VM_ExecutionPoll(execution, &error), VM_STATUS_USER - 5, "host function `host.wait` failed: the disk is full");
    CHECK_TEXT(VM_ErrorGetFunctionName(error), "wait");
    CHECK_INT(VM_ErrorGetTrapCode(error), VM_TRAP_HOST_FUNCTION);
    CHECK_INT(VM_ExecutionGetState(execution), VM_EXECUTION_FAILED);
    VM_ExecutionDelete(execution);

    script.plain = false; /* resume returns the status that it is passed */
    execution = start(context, latest(context), "nap", 1);
    CHECK_OK(VM_CompleteWithFailure(script.token, VM_STATUS_IO, NULL, &error));
    CHECK_STATUS(VM_ExecutionPoll(execution, &error), VM_STATUS_IO, "host.wait");
    CHECK_INT(script.status, VM_STATUS_IO);
    CHECK_TEXT(script.text, "(NULL)");
    CHECK_COUNTS(script, 1, 0);
    VM_ExecutionDelete(execution);
    VM_ContextDelete(context);
}

int main(void)
{
    engine = new_engine();
    wrong_answers();
    without_the_flag();
    misused();
    wrong_completions();
    failed();
    VM_EngineDelete(engine);
    return finish();
}
