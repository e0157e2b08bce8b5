/* Guest, host, guest: suspended in host functions that called the guest, with VM_CallerStartCall and with VM_CallerCall. */
#include "suspends.h"

static VM_Engine *engine;

static Script script;           /* of the innermost call */
static const char *called;      /* what `pair` starts */
static VM_Status answer;        /* what VM_CallerStartCall returned */
static int depths, failed_deep; /* calls of resume; those that saw a failure */

/* Passes the result of the guest's function on, or with a negative `user` its failure as the number -7. */
static VM_Status VM_CALL pass_on(void *user, VM_Caller *caller, const VM_Completion *completion, const VM_Value *args, VM_Value *results)
{
    depths++;
    CHECK_INT(args[0].type, VM_VALTYPE_I32);
    CHECK_INT(caller->result_count, 1);
    if (completion->status) {
        VM_Error *failure = NULL;
        failed_deep++;
        CHECK_INT(VM_ErrorCreateFromCaller(caller, &failure), VM_STATUS_OK);
        CHECK_INT(VM_ErrorGetStatus(failure), completion->status);
        CHECK_INT(VM_ErrorGetTrapCode(failure), completion->status == VM_STATUS_TRAP ? VM_TRAP_DIVISION_BY_ZERO : VM_TRAP_HOST_FUNCTION);
        CHECK(strstr(VM_ErrorGetMessage(failure), completion->text));
        VM_ErrorDelete(failure);
        snprintf(script.text, sizeof script.text, "%s", completion->text);
        results[0] = VM_ValueI32(-7);
        return user ? VM_STATUS_OK : completion->status;
    }
    CHECK_INT(completion->count, 1);
    results[0] = completion->values[0];
    return VM_STATUS_OK;
}

/* Has the guest call itself until 0, there it waits. 100 and more: on the native stack. Below 0: has it trap. */
static VM_Status VM_CALL up(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    VM_Suspension suspension = VM_SUSPENSION_INIT;
    VM_Value next = VM_ValueI32(args[0].of.i32 - 1);
    VM_Ref down = VM_RefNull();
    VM_Token token = 0;
    if (args[0].of.i32 == 0)
        return script_wait(user, caller, args, results);
    if (args[0].of.i32 == 99 || args[0].of.i32 == 98) { /* suspends, and has the guest called before it returns */
        VM_Status status = VM_CallerSuspend(caller, NULL, &token), inner;
        CHECK_INT(status, VM_STATUS_PENDING);
        next = VM_ValueI32(0);
        inner = VM_CallerCall(caller, args[0].of.i32 == 99 ? "down" : "trap", &next, 1, &next, 1);
        CHECK_INT(inner, args[0].of.i32 == 99 ? VM_STATUS_OK : VM_STATUS_TRAP);
        CHECK_OK(complete(token, inner ? 3 : next.of.i32));
        return status;
    }
    if (args[0].of.i32 >= 100) {
        next = VM_ValueI32(args[0].of.i32 - 100);
        return VM_CallerCall(caller, "down", &next, 1, results, 1);
    }
    CHECK_INT(VM_CallerGetExport(caller, args[0].of.i32 < 0 ? "trap" : "down", &down), VM_STATUS_OK);
    suspension.resume = pass_on;
    suspension.user = args[0].of.i32 == -2 ? &script : NULL;
    VM_Status status = VM_CallerStartCall(caller, down, &next, 1, &suspension, &token);
    CHECK_INT(status, VM_STATUS_PENDING);
    CHECK(token != 0);
    return status;
}

/* Starts a call without functions: its results are this function's. */
static VM_Status VM_CALL pair(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    VM_Value both[] = { VM_ValueI32(20), VM_ValueI64(1) };
    VM_Ref function = VM_RefNull();
    VM_Token token;
    (void)user;
    (void)args;
    (void)results;
    CHECK_INT(VM_CallerGetExport(caller, "memory", &function), VM_STATUS_NOT_FOUND);
    CHECK_INT(VM_CallerGetExport(caller, NULL, &function), VM_STATUS_NULL_ARGUMENT);
    CHECK_INT(VM_CallerGetExport(caller, "give", NULL), VM_STATUS_NULL_ARGUMENT);
    CHECK_INT(VM_CallerGetExport(caller, called, &function), VM_STATUS_OK);
    return answer = VM_CallerStartCall(caller, function, both, strcmp(called, "give") ? 1 : 2, NULL, &token);
}

static VM_Context *new_nested(VM_Instance *instance)
{
    VM_Context *context = new_context(engine);
    VM_HostModule *host = new_host("host");
    NEED(VM_HostModuleAddFunction(host, "up", "(i)i", up, &script, NULL, &error));
    NEED(VM_HostModuleAddFunction(host, "pair", "()iI", pair, NULL, NULL, &error));
    NEED(VM_HostModuleSetFunctionFlags(host, "up", VM_FUNCTION_MAY_SUSPEND | VM_FUNCTION_REENTERS, &error));
    NEED(VM_HostModuleSetFunctionFlags(host, "pair", VM_FUNCTION_MAY_SUSPEND, &error));
    NEED(VM_ContextRegisterModule(context, host, &error));
    VM_HostModuleDelete(host);
    *instance = instantiate(engine, context, GUEST("suspend_nested"));
    script = (Script){ 0 };
    depths = failed_deep = 0;
    return context;
}

static void three_deep(void)
{
    VM_Instance instance;
    VM_Context *context = new_nested(&instance);
    VM_Execution *execution = start(context, instance, "down", 3);
    CHECK_INT(VM_ExecutionGetState(execution), VM_EXECUTION_PENDING);
    CHECK_OK(complete(script.token, 5));
    CHECK_OK(VM_ExecutionPoll(execution, &error));
    CHECK_INT(result_of(execution), 9); /* 5, and 1 of each of the four calls of `down` */
    CHECK_INT(depths, 3);
    CHECK_COUNTS(script, 1, 0);
    VM_ExecutionDelete(execution);

    /* Deeper than calls on the native stack may be: nothing of it is there. */
    execution = start(context, instance, "down", 60);
    CHECK_OK(complete(script.token, 5));
    CHECK_OK(VM_ExecutionPoll(execution, &error));
    CHECK_INT(result_of(execution), 66);
    VM_ExecutionDelete(execution);

    /* In a blocking call as well. */
    script.early = VM_ValueI32(5);
    CHECK_INT(run(context, "down", VALUES(VM_ValueI32(3))), 9);
    VM_ContextDelete(context);
}

static void failures_go_up(void)
{
    VM_Instance instance;
    VM_Context *context = new_nested(&instance);
    VM_Value value = VM_ValueI32(-1);
    CHECK_STATUS(VM_ContextExecute(context, instance, "down", &value, 1, &value, 1, &error), VM_STATUS_TRAP, "division by zero");
    CHECK_INT(VM_ErrorGetTrapCode(error), VM_TRAP_DIVISION_BY_ZERO);
    CHECK_INT(failed_deep, 1);
    CHECK(strstr(script.text, "division by zero"));
    CHECK_INT(run(context, "down", VALUES(VM_ValueI32(-2))), -6); /* resume makes a result of it */

    /* The innermost one is completed with a failure: each level is told. */
    depths = failed_deep = 0;
    VM_Execution *execution = start(context, instance, "down", 3);
    CHECK_OK(VM_CompleteWithFailure(script.token, VM_STATUS_USER - 1, "no more", &error));
    CHECK_STATUS(VM_ExecutionPoll(execution, &error), VM_STATUS_USER - 1, "host function `host.up`");
    CHECK_INT(failed_deep, 3);
    VM_ExecutionDelete(execution);
    VM_ContextDelete(context);
}

static void results_of_the_guest(void)
{
    VM_Instance instance;
    VM_Context *context = new_nested(&instance);
    VM_Value results[2];
    called = "give";
    CHECK_OK(VM_ContextExecute(context, instance, "pair", NO_VALUES, results, 2, &error));
    CHECK(results[0].of.i32 == 40 && results[1].of.i64 == 2);
    called = "number"; /* has one result */
    CHECK_STATUS(VM_ContextExecute(context, instance, "pair", NO_VALUES, results, 2, &error), VM_STATUS_WRONG_COUNT,
                 "host function `host.pair` returns 2 results, but the guest's function that completed its call returned 1");
    CHECK_INT(answer, VM_STATUS_PENDING);
    called = "pair"; /* takes none */
    CHECK_STATUS(VM_ContextExecute(context, instance, "pair", NO_VALUES, results, 2, &error), VM_STATUS_WRONG_COUNT, NULL);
    CHECK_INT(answer, VM_STATUS_WRONG_COUNT);
    VM_ContextDelete(context);
}

/* A callback with VM_CallerCall stands on the native stack: only a thread that waits can let the guest above it continue. */
static void on_the_native_stack(void)
{
    VM_Instance instance;
    VM_Context *context = new_nested(&instance);
    VM_Execution *execution = NULL;
    script.early = VM_ValueI32(5);
    CHECK_INT(run(context, "down", VALUES(VM_ValueI32(100))), 7);
    CHECK_INT(run(context, "down", VALUES(VM_ValueI32(102))), 9);
    CHECK_INT(run(context, "down", VALUES(VM_ValueI32(99))), 7);
    CHECK_INT(run(context, "down", VALUES(VM_ValueI32(98))), 4);
    script = (Script){ 0 };
    CHECK_STATUS(VM_ContextStart(context, instance, "down", VALUES(VM_ValueI32(100)), NULL, &execution, &error), VM_STATUS_OK, NULL);
    CHECK_STATUS(VM_ExecutionPoll(execution, &error), VM_STATUS_WOULD_BLOCK, "host function `host.up` ");
    CHECK_COUNTS(script, 0, 1);
    VM_ExecutionDelete(execution);
    CHECK_INT(run(context, "number", VALUES(VM_ValueI32(3))), 3);
    VM_ContextDelete(context);
}

int main(void)
{
    engine = new_engine();
    three_deep();
    failures_go_up();
    results_of_the_guest();
    on_the_native_stack();
    VM_EngineDelete(engine);
    return finish();
}
