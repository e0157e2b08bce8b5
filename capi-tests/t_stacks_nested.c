/* Guests and callbacks that call each other, each of which has used much of a stack: what a nested call finds is enough, or an error. */
#include "test.h"

enum { FRAME = 16 << 10, LEVELS = 60, DEEP = 6000 };

static VM_Context *context;
/* What the innermost callback calls, and how it ended. */
static const char *last;
static VM_Status innermost;
static int deepest;

/* An ordinary callback, with a buffer. */
static VM_Status VM_CALL again(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    volatile char buffer[FRAME];
    int left = args[0].of.i32;
    VM_Status status;
    (void)user;
    buffer[0] = buffer[FRAME - 1] = (char)left;
    deepest++;
    status = VM_CallerCall(caller, left > 0 ? "dig" : last, VALUES(VM_ValueI32(left > 0 ? 10 : 0), VM_ValueI32(left - 1)), results, 1);
    if (left == 0)
        innermost = status;
    return buffer[0] == (char)left ? status : VM_STATUS_USER;
}

/* Likewise, suspended while the function of the guest runs. */
static VM_Status VM_CALL goes_on(void *user, VM_Caller *caller, const VM_Completion *completion, const VM_Value *args, VM_Value *results)
{
    (void)user;
    (void)caller;
    if (args[0].of.i32 == 0)
        innermost = completion->status;
    if (completion->status == VM_STATUS_OK)
        results[0] = completion->values[0];
    return completion->status;
}

static VM_Status VM_CALL start(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    VM_Suspension suspension = { sizeof suspension, 0, NULL, goes_on, NULL, NULL };
    int left = args[0].of.i32;
    VM_Token token;
    VM_Ref function;
    (void)user;
    (void)results;
    deepest++;
    CHECK_INT(VM_CallerGetExport(caller, left > 0 ? "dig_start" : last, &function), VM_STATUS_OK);
    return VM_CallerStartCall(caller, function, VALUES(VM_ValueI32(left > 0 ? 10 : 0), VM_ValueI32(left - 1)), &suspension, &token);
}

/* Starts a function, which must not wait; returns how it ended. */
static VM_Status started(const char *name, int depth, int levels)
{
    VM_Execution *execution = NULL;
    VM_Status status;
    innermost = VM_STATUS_OK;
    deepest = 0;
    CHECK_OK(VM_ContextStart(context, latest(context), name, VALUES(VM_ValueI32(depth), VM_ValueI32(levels)), NULL, &execution, &error));
    status = VM_ExecutionPoll(execution, &error);
    VM_ExecutionDelete(execution);
    forget_error();
    return status;
}

static VM_Status called(const char *name, int depth, int levels)
{
    VM_Value result;
    VM_Status status;
    innermost = VM_STATUS_OK;
    deepest = 0;
    status = VM_ContextExecute(context, latest(context), name, VALUES(VM_ValueI32(depth), VM_ValueI32(levels)), &result, 1, &error);
    forget_error();
    return status;
}

static void check(VM_Status (*run_it)(const char *, int, int), const char *name)
{
    for (int round = 0; round < 2; round++) {
        last = "leaf";
        CHECK_INT(run_it(name, 10, LEVELS), VM_STATUS_OK);
        CHECK_INT(deepest, LEVELS + 1);
        last = "endless";
        CHECK_INT(run_it(name, 10, LEVELS), VM_STATUS_TRAP);
        CHECK_INT(innermost, VM_STATUS_TRAP);
        /* The outermost call has used most of its stack. */
        CHECK_INT(run_it(name, DEEP, 0), VM_STATUS_TRAP);
        CHECK_INT(innermost, VM_STATUS_TRAP);
        last = "leaf";
        CHECK_INT(run_it(name, DEEP, 3), VM_STATUS_OK);
        CHECK_INT(run_it("endless", 0, 0), VM_STATUS_TRAP);
    }
}

int main(void)
{
    VM_Engine *engine = new_engine();
    VM_HostModule *host = new_host("host");
    context = new_context(engine);
    NEED(VM_HostModuleAddFunction(host, "again", "(i)i", again, NULL, NULL, &error));
    NEED(VM_HostModuleAddFunction(host, "start", "(i)i", start, NULL, NULL, &error));
    NEED(VM_HostModuleSetFunctionFlags(host, "start", VM_FUNCTION_MAY_SUSPEND, &error));
    NEED(VM_ContextRegisterModule(context, host, &error));
    instantiate(engine, context, GUEST("stacks_nested"));
    check(called, "dig");
    check(started, "dig");
    check(called, "dig_start");
    check(started, "dig_start");
    VM_ContextDelete(context);
    VM_HostModuleDelete(host);
    VM_EngineDelete(engine);
    return finish();
}
