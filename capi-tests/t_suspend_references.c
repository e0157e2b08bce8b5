/* References as arguments, values and results of suspended calls. */
#include "suspends.h"

static VM_Engine *engine;
static VM_Token token;
static bool calls_guest, has_resume;
static int seen;
static VM_Ref lent;

/* The arguments are still valid, and are lent until this returns. */
static VM_Status VM_CALL resume(void *user, VM_Caller *caller, const VM_Completion *completion, const VM_Value *args, VM_Value *results)
{
    void *pointer = NULL;
    CHECK_INT(VM_CallerGetExternRef(caller, args[0].of.ref, &pointer), VM_STATUS_OK);
    CHECK(pointer == user);
    CHECK_INT(VM_CallerCallRef(caller, args[1].of.ref, args, 1, results, 1), VM_STATUS_OK);
    if (calls_guest) {
        CHECK_INT(completion->values[0].type, VM_VALTYPE_EXTERNREF);
        results[0] = completion->values[0];
        lent = completion->values[0].of.ref;
    }
    seen++;
    return VM_STATUS_OK;
}

static VM_Status VM_CALL keep(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    VM_Suspension suspension = { sizeof suspension, 0, user, resume, NULL, NULL };
    (void)results;
    if (calls_guest)
        return VM_CallerStartCall(caller, args[1].of.ref, args, 1, has_resume ? &suspension : NULL, &token);
    return VM_CallerSuspend(caller, has_resume ? &suspension : NULL, &token);
}

static VM_Status VM_CALL resume_plain(void *user, VM_Caller *caller, const VM_Completion *completion, const VM_Value *args, VM_Value *results)
{
    (void)user;
    (void)caller;
    (void)args;
    (void)results;
    CHECK_INT(completion->values[0].type, VM_VALTYPE_EXTERNREF);
    lent = completion->values[0].of.ref;
    return VM_STATUS_OK;
}

/* Has no references itself, and gets one from a function of the guest. */
static VM_Status VM_CALL plain(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    VM_Suspension suspension = { sizeof suspension, 0, user, resume_plain, NULL, NULL };
    VM_Value object = VM_ValueExternRef(*(VM_Ref *)user);
    VM_Ref identity;
    (void)args;
    (void)results;
    CHECK_INT(VM_CallerGetExport(caller, "identity", &identity), VM_STATUS_OK);
    return VM_CallerStartCall(caller, identity, &object, 1, &suspension, &token);
}

static VM_Status passed(VM_Context *context, VM_Ref ref, VM_Ref *returned, const VM_Ref *completed_with)
{
    VM_Execution *execution = NULL;
    VM_Value value = VM_ValueExternRef(ref);
    CHECK_OK(VM_ContextStart(context, latest(context), "pass", &value, 1, NULL, &execution, &error));
    if (completed_with) {
        CHECK_INT(VM_ExecutionGetState(execution), VM_EXECUTION_PENDING);
        value.of.ref = *completed_with;
        CHECK_OK(VM_Complete(token, &value, has_resume ? 0 : 1, &error));
    }
    VM_Status status = VM_ExecutionPoll(execution, &error);
    if (!status)
        CHECK_OK(VM_ExecutionGetResults(execution, &value, 1, &error));
    *returned = value.of.ref;
    VM_ExecutionDelete(execution);
    return status;
}

static void *pointer_of(VM_Context *context, VM_Ref ref)
{
    void *pointer = NULL;
    CHECK_OK(VM_RefGetExtern(context, ref, &pointer, &error));
    return pointer;
}

int main(void)
{
    int object = 0, other = 0;
    VM_Ref ref, second, foreign, returned = { 0, 0, 0 };
    engine = new_engine();
    VM_Context *context = new_context(engine), *another = new_context(engine);
    VM_HostModule *host = new_host("host");
    NEED(VM_HostModuleAddFunction(host, "keep", "(rc)r", keep, &object, NULL, &error));
    NEED(VM_HostModuleSetFunctionFlags(host, "keep", VM_FUNCTION_MAY_SUSPEND, &error));
    NEED(VM_HostModuleAddFunction(host, "plain", "()", plain, &ref, NULL, &error));
    NEED(VM_HostModuleSetFunctionFlags(host, "plain", VM_FUNCTION_MAY_SUSPEND, &error));
    NEED(VM_ContextRegisterModule(context, host, &error));
    instantiate(engine, context, GUEST("suspend_references"));
    NEED(VM_RefCreateExtern(context, &object, NULL, &ref, &error));
    NEED(VM_RefCreateExtern(context, &other, NULL, &second, &error));
    NEED(VM_RefCreateExtern(another, &other, NULL, &foreign, &error));

    has_resume = true;
    CHECK_OK(passed(context, ref, &returned, &ref));
    CHECK(pointer_of(context, returned) == &object);
    VM_RefRelease(returned);
    CHECK_INT(seen, 1);
    calls_guest = true; /* which completes the call itself */
    CHECK_OK(passed(context, ref, &returned, NULL));
    CHECK(pointer_of(context, returned) == &object);
    void *pointer = NULL;
    CHECK_STATUS(VM_RefGetExtern(context, lent, &pointer, &error), VM_STATUS_STALE, NULL);
    VM_RefRelease(returned);
    CHECK_INT(seen, 2);
    has_resume = false;
    CHECK_OK(passed(context, ref, &returned, NULL));
    CHECK(pointer_of(context, returned) == &object);
    VM_RefRelease(returned);

    calls_guest = false;
    CHECK_OK(passed(context, ref, &returned, &second));
    CHECK(pointer_of(context, returned) == &other);
    VM_RefRelease(returned);
    CHECK_STATUS(passed(context, ref, &returned, &foreign), VM_STATUS_WRONG_CONTEXT, NULL);
    CHECK_TEXT(VM_ErrorGetFunctionName(error), "keep");
    VM_RefRelease(second);
    CHECK_STATUS(passed(context, ref, &returned, &second), VM_STATUS_STALE, NULL);
    CHECK_INT(seen, 2);

    lent = second;
    CHECK_OK(VM_ContextExecute(context, latest(context), "plain", NO_VALUES, NO_VALUES, &error));
    CHECK(lent.generation != second.generation || lent.slot != second.slot);
    CHECK_STATUS(VM_RefGetExtern(context, lent, &pointer, &error), VM_STATUS_STALE, NULL);

    VM_HostModuleDelete(host);
    VM_ContextDelete(another);
    VM_ContextDelete(context);
    VM_EngineDelete(engine);
    return finish();
}
