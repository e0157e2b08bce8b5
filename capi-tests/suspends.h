/* For tests of suspended host functions: functions that suspend their guest as a script says, and count what is called of it. */
#ifndef SUSPENDS_H
#define SUSPENDS_H

#include "test.h"

/* What `wait` does, and what was called. */
typedef struct Script {
    bool plain;       /* suspend without functions */
    bool leave;       /* return without suspending */
    int again;        /* how often resume suspends again */
    VM_Status answer; /* what the callback returns after suspending; OK for the answer of VM_CallerSuspend */
    bool pretend;     /* return OK although it suspended */
    VM_Value early;   /* completed with it before the callback returns, unless it is no value */
    VM_Token token;   /* of the last suspension */
    int calls, resumed, cancelled, released;
    VM_Status status; /* of the last completion that resume saw */
    char text[80];
    size_t count;
} Script;

static inline void VM_CALL script_cancel(void *user)
{
    Script *script = user;
    CHECK_INT(script->resumed + script->cancelled, script->released); /* before release */
    script->cancelled++;
}

static inline void VM_CALL script_release(void *user)
{
    Script *script = user;
    script->released++;
    CHECK_INT(script->resumed + script->cancelled, script->released); /* one of both for each suspension */
}

static inline VM_Status VM_CALL script_resume(void *user, VM_Caller *caller, const VM_Completion *completion, const VM_Value *args,
                                              VM_Value *results);

static inline VM_Status script_suspend(Script *script, VM_Caller *caller)
{
    VM_Suspension suspension = { sizeof suspension, 0, script, script_resume, script_cancel, script_release };
    return VM_CallerSuspend(caller, script->plain ? NULL : &suspension, &script->token);
}

/* The result is the argument and the sum of the values, or the failure that the call was completed with. */
static inline VM_Status VM_CALL script_resume(void *user, VM_Caller *caller, const VM_Completion *completion, const VM_Value *args,
                                              VM_Value *results)
{
    Script *script = user;
    script->resumed++;
    script->status = completion->status;
    script->count = completion->count;
    snprintf(script->text, sizeof script->text, "%s", completion->text ? completion->text : "(NULL)");
    CHECK(VM_HAS(completion, text));
    CHECK_INT(caller->arg_count, 1);
    CHECK_INT(results[0].type, VM_VALTYPE_NONE);
    if (script->again > 0) {
        script->again--;
        return script_suspend(script, caller);
    }
    if (completion->status)
        return completion->status;
    results[0] = args[0];
    for (size_t i = 0; i < completion->count; i++)
        results[0].of.i32 += completion->values[i].of.i32;
    return VM_STATUS_OK;
}

static inline VM_Status VM_CALL script_wait(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    Script *script = user;
    script->calls++;
    if (script->leave) {
        results[0] = args[0];
        return script->answer;
    }
    VM_Status status = script_suspend(script, caller);
    if (status == VM_STATUS_PENDING && script->early.type)
        CHECK_OK(VM_Complete(script->token, &script->early, 1, &error));
    results[0] = VM_ValueI32(-1); /* dropped with the suspension */
    return script->pretend ? VM_STATUS_OK : script->answer ? script->answer : status;
}

/* A module `host` with `wait`, which may suspend, `plain`, which may not, and `fill`. */
static inline VM_HostModule *new_suspending_host(Script *script, VM_Callback fill)
{
    VM_HostModule *host = new_host("host");
    NEED(VM_HostModuleAddFunction(host, "wait", "(i)i", script_wait, script, NULL, &error));
    NEED(VM_HostModuleAddFunction(host, "plain", "(i)i", script_wait, script, NULL, &error));
    NEED(VM_HostModuleAddFunction(host, "fill", "(>~)i", fill ? fill : script_wait, script, NULL, &error));
    NEED(VM_HostModuleSetFunctionFlags(host, "wait", VM_FUNCTION_MAY_SUSPEND, &error));
    NEED(VM_HostModuleSetFunctionFlags(host, "fill", VM_FUNCTION_MAY_SUSPEND, &error));
    return host;
}

/* A context with a guest of suspend.wat. */
static inline VM_Context *new_suspending(VM_Engine *engine, Script *script)
{
    VM_Context *context = new_context(engine);
    VM_HostModule *host = new_suspending_host(script, NULL);
    NEED(VM_ContextRegisterModule(context, host, &error));
    VM_HostModuleDelete(host);
    instantiate(engine, context, GUEST("suspend"));
    return context;
}

/* Starts an export of the latest instance with one number. */
static inline VM_Execution *start(VM_Context *context, VM_Instance instance, const char *name, int32_t number)
{
    VM_Execution *execution = NULL;
    VM_Value argument = VM_ValueI32(number);
    NEED(VM_ContextStart(context, instance, name, &argument, 1, NULL, &execution, &error));
    return execution;
}

static inline int32_t result_of(VM_Execution *execution)
{
    VM_Value result = VM_ValueI32(-1);
    CHECK_INT(VM_ExecutionGetState(execution), VM_EXECUTION_DONE);
    CHECK_OK(VM_ExecutionGetResults(execution, &result, 1, &error));
    return result.of.i32;
}

static inline VM_Status complete(VM_Token token, int32_t number)
{
    VM_Value value = VM_ValueI32(number);
    return VM_Complete(token, &value, 1, &error);
}

#define CHECK_COUNTS(script, expected_resumed, expected_cancelled) \
    (CHECK_INT((script).resumed, expected_resumed), CHECK_INT((script).cancelled, expected_cancelled), \
     CHECK_INT((script).released, (expected_resumed) + (expected_cancelled)))

#endif
