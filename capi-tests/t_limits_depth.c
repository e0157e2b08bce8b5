/* Stack and recursion bombs, calls between host and guest, externrefs: refused with the numbers, and the context goes on. */
#include "test.h"

enum { RECURSION = 500, STACK = 64 << 10, DEPTH = 3, REFERENCES = 4 };

static VM_Engine *engine;
static VM_Context *context;
static atomic_int freed;
static VM_Status called; /* the innermost call from the host into the guest that failed */

static VM_Status VM_CALL again(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    VM_Status status = VM_CallerCall(caller, "host_deep", args, 1, results, 1);
    (void)user;
    if (status && !called)
        called = status;
    return status;
}

static VM_Status VM_CALL new_object(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    VM_Ref ref;
    VM_Status status = VM_CallerCreateExternRef(caller, &freed, count_free, &ref);
    (void)user;
    (void)args;
    if (!status)
        results[0] = VM_ValueExternRef(ref);
    return status;
}

static void make(void)
{
    VM_EngineConfig *engine_config = NULL;
    VM_ContextConfig *config = NULL;
    VM_HostModule *host = new_host("host");
    NEED(VM_EngineConfigCreate(&engine_config, &error));
    CHECK_OK(VM_EngineConfigSetRecursionDepth(engine_config, RECURSION, &error));
    CHECK_OK(VM_EngineConfigSetStackSize(engine_config, STACK, &error));
    NEED(VM_EngineCreate(engine_config, &engine, &error));
    VM_EngineConfigDelete(engine_config);
    NEED(VM_ContextConfigCreate(&config, &error));
    CHECK_STATUS(VM_ContextConfigSetCallDepthLimit(config, 0, &error), VM_STATUS_INVALID_ARGUMENT,
                 "a depth of 0 nested calls is not possible; choose 1 to 65536");
    CHECK_STATUS(VM_ContextConfigSetCallDepthLimit(config, 65537, &error), VM_STATUS_INVALID_ARGUMENT, "choose 1 to 65536");
    CHECK_OK(VM_ContextConfigSetCallDepthLimit(config, DEPTH, &error));
    CHECK_OK(VM_ContextConfigSetReferenceLimit(config, REFERENCES, &error));
    NEED(VM_ContextCreate(engine, config, &context, &error));
    VM_ContextConfigDelete(config);
    NEED(VM_HostModuleAddFunction(host, "again", "(i)i", again, NULL, NULL, &error));
    NEED(VM_HostModuleAddFunction(host, "new", "()r", new_object, NULL, NULL, &error));
    NEED(VM_ContextRegisterModule(context, host, &error));
    VM_HostModuleDelete(host);
}

static void overflows(const char *name)
{
    CHECK_STATUS(VM_ContextExecute(context, latest(context), name, NO_VALUES, NULL, 0, &error), VM_STATUS_TRAP,
                 is_compiled(context)
                     ? "the guest trapped: call stack exhausted: its own calls need more than 65536 bytes of stack; should its recursion end, "
                       "raise VM_EngineConfigSetStackSize"
                     : "the guest trapped: call stack exhausted: its own calls are nested more than 500 deep or need more than 65536 bytes of stack; "
                       "should its recursion end, raise VM_EngineConfigSetRecursionDepth and VM_EngineConfigSetStackSize");
    CHECK_INT(VM_ErrorGetTrapCode(error), VM_TRAP_STACK_OVERFLOW);
    CHECK_INT(run(context, "recurse", VALUES(VM_ValueI32(RECURSION - 2))), RECURSION - 2);
}

static void bombs(void)
{
    VM_Module *starts = load(engine, GUEST("limits_bomb"));
    overflows("forever");
    overflows("mutually");
    overflows("through_table");
    overflows("wide");
    CHECK_STATUS(VM_ContextInstantiate(context, starts, NULL, &error), VM_STATUS_TRAP, "call stack exhausted");
    CHECK_INT(VM_ErrorGetTrapCode(error), VM_TRAP_STACK_OVERFLOW);
    CHECK_INT(run(context, "recurse", VALUES(VM_ValueI32(10))), 10);
    /* A tail call takes no stack. */
    CHECK_INT(run(context, "tail", VALUES(VM_ValueI32(100000))), 0);
    VM_ModuleDelete(starts);
}

/* Each context has its own limit; the one that is exceeded fails, and the callback may go on. */
static void nested_calls(void)
{
    VM_Value result;
    CHECK_INT(run(context, "host_deep", VALUES(VM_ValueI32(DEPTH - 1))), DEPTH - 1);
    CHECK_STATUS(VM_ContextExecute(context, latest(context), "host_deep", VALUES(VM_ValueI32(DEPTH)), &result, 1, &error),
                 VM_STATUS_RECURSION_LIMIT,
                 "host and guest would call each other 4 deep, and the limit of the context is 3; let the callback return before the guest is "
                 "called again, or raise the limit (VM_ContextConfigSetCallDepthLimit)");
    CHECK_INT(called, VM_STATUS_RECURSION_LIMIT);
    CHECK_OK(VM_ContextReset(context, &error));
    instantiate(engine, context, GUEST("limits_depth"));
    CHECK_INT(run(context, "host_deep", VALUES(VM_ValueI32(DEPTH - 1))), DEPTH - 1);
    CHECK_STATUS(VM_ContextExecute(context, latest(context), "host_deep", VALUES(VM_ValueI32(100)), &result, 1, &error),
                 VM_STATUS_RECURSION_LIMIT, "4 deep");
}

/* A guest that makes the host create objects, which live as long as the context. */
static void references(void)
{
    VM_Ref ref = VM_RefNull();
    VM_Value result;
    for (int i = 0; i < REFERENCES; i++)
        CHECK_INT(run(context, "make", NO_VALUES), 1);
    for (int i = 0; i < 3; i++) {
        CHECK_STATUS(VM_ContextExecute(context, latest(context), "make", NO_VALUES, &result, 1, &error), VM_STATUS_LIMIT,
                     "the externref cannot be created: the context would have had 5, counting those that were released, and its limit is 4; "
                     "VM_ContextReset frees them, VM_ContextConfigSetReferenceLimit raises the limit");
        CHECK_STATUS(VM_RefCreateExtern(context, &freed, count_free, &ref, &error), VM_STATUS_LIMIT, "the context would have had 5");
        CHECK_INT(freed, 2 * (i + 1));
    }
    CHECK_OK(VM_ContextReset(context, &error));
    CHECK_INT(freed, 6 + REFERENCES);
    CHECK_OK(VM_RefCreateExtern(context, &freed, count_free, &ref, &error));
}

int main(void)
{
    make();
    instantiate(engine, context, GUEST("limits_depth"));
    bombs();
    nested_calls();
    references();
    VM_ContextDelete(context);
    VM_EngineDelete(engine);
    return finish();
}
