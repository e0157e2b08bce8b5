/* Flags and permissions of a host's functions. */
#include "test.h"

static VM_Status VM_CALL sleep_now(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)caller;
    ++*(int *)user;
    results[0] = args[0];
    return VM_STATUS_OK;
}

static VM_HostModule *new_sleeper(int *calls, const char *permission)
{
    VM_HostModule *host = new_host("host");
    NEED(VM_HostModuleAddFunction(host, "sleep", "(i)i", sleep_now, calls, NULL, &error));
    CHECK_OK(VM_HostModuleSetFunctionPermission(host, "sleep", permission, &error));
    return host;
}

static void refused(void)
{
    VM_GlobalType type = { .size = sizeof type, .content = VM_VALTYPE_I32 };
    VM_Value zero = VM_ValueI32(0);
    int calls = 0;
    VM_HostModule *host = new_sleeper(&calls, NULL);
    NEED(VM_HostModuleAddGlobal(host, "zero", &type, &zero, &error));
    CHECK_STATUS(VM_HostModuleSetFunctionFlags(host, "sleeep", 0, &error), VM_STATUS_NOT_FOUND,
                 "host module `host` has no function `sleeep` whose flags could be set; its items: `sleep`, `zero`; did you mean `sleep`?");
    CHECK_TEXT(VM_ErrorGetModuleName(error), "host");
    CHECK_TEXT(VM_ErrorGetFunctionName(error), "sleeep");
    CHECK_STATUS(VM_HostModuleSetFunctionPermission(host, "sleeep", "a", &error), VM_STATUS_NOT_FOUND,
                 "has no function `sleeep` whose permission could be set");
    CHECK_STATUS(VM_HostModuleSetFunctionFlags(host, "zero", 0, &error), VM_STATUS_WRONG_TYPE,
                 "`host.zero` has no flags: it is a constant global i32, not a function");
    CHECK_STATUS(VM_HostModuleSetFunctionPermission(host, "zero", "a", &error), VM_STATUS_WRONG_TYPE,
                 "`host.zero` has no permission: it is a constant global i32, not a function");
    CHECK_STATUS(VM_HostModuleSetFunctionFlags(host, "sleep", VM_FUNCTION_MAY_SUSPEND | 0x100000, &error), VM_STATUS_UNSUPPORTED,
                 "the flags of function `sleep` cannot be set: its flags 0x110000 contain 0x100000, which this version of libvm does");
    CHECK_OK(VM_HostModuleSetFunctionFlags(host, "sleep", 0xffff | VM_FUNCTION_MAY_SUSPEND | VM_FUNCTION_THREAD_STACK, &error));
    CHECK_STATUS(VM_HostModuleSetFunctionPermission(host, "sleep", "", &error), VM_STATUS_INVALID_ARGUMENT,
                 "function `sleep` cannot require \"\": a permission must not be empty");
    VM_HostModuleDelete(host);
}

static void sealed(VM_Engine *engine)
{
    int calls = 0;
    VM_HostModule *host = new_sleeper(&calls, "a");
    VM_Context *context = new_context(engine);
    CHECK_OK(VM_ContextRegisterModule(context, host, &error));
    CHECK_STATUS(VM_HostModuleSetFunctionFlags(host, "sleep", 0, &error), VM_STATUS_SEALED,
                 "host module `host` is registered in a context and cannot be changed; set the flags of `sleep` before registering it");
    CHECK_STATUS(VM_HostModuleSetFunctionPermission(host, "sleep", NULL, &error), VM_STATUS_SEALED,
                 "set the permission of `sleep` before registering it");
    CHECK_STATUS(VM_ContextGrantPermission(context, "host", "a", &error), VM_STATUS_SEALED,
                 "host module `host` is registered in this context; grant it `a` before");
    VM_ContextDelete(context);
    CHECK_STATUS(VM_HostModuleSetFunctionFlags(host, "sleep", 0, &error), VM_STATUS_SEALED, NULL);
    VM_HostModuleDelete(host);
}

/* Registers a module whose function requires a permission, after granting one (NULL for none), and calls the function. */
static VM_Status call(VM_Engine *engine, const char *required, const char *granted, int *calls)
{
    VM_HostModule *host = new_sleeper(calls, required);
    VM_Context *context = new_context(engine);
    VM_Value nap = VM_ValueI32(7);
    if (granted)
        NEED(VM_ContextGrantPermission(context, "host", granted, &error));
    NEED(VM_ContextRegisterModule(context, host, &error));
    VM_HostModuleDelete(host);
    instantiate(engine, context, GUEST("wait"));
    VM_Status status = VM_ContextExecute(context, latest(context), "nap", &nap, 1, &nap, 1, &error);
    CHECK(status || nap.of.i32 == 8);
    VM_ContextDelete(context);
    return status;
}

static void granted(VM_Engine *engine)
{
    int calls = 0;
    CHECK_STATUS(call(engine, "time:sleep", NULL, &calls), VM_STATUS_PLUGIN_PERMISSION,
                 "host function `host.sleep` needs the permission `time:sleep`, which is not granted to host module `host` in this "
                 "context; the host grants it with VM_ContextGrantPermission(context, \"host\", \"time:sleep\", ");
    CHECK_TEXT(VM_ErrorGetFunctionName(error), "sleep");
    CHECK_TEXT(VM_ErrorGetPluginName(error), NULL);
    CHECK_INT(VM_ErrorGetTrapCode(error), VM_TRAP_HOST_FUNCTION);
    CHECK_STATUS(call(engine, "time:sleep", "time:get", &calls), VM_STATUS_PLUGIN_PERMISSION, NULL);
    CHECK_INT(calls, 0);
    CHECK_OK(call(engine, "time:sleep", "time:sleep", &calls));
    CHECK_OK(call(engine, "time:sleep", "time:*", &calls));
    CHECK_OK(call(engine, "time:sleep", "*", &calls));
    CHECK_OK(call(engine, NULL, NULL, &calls));
    CHECK_INT(calls, 4);
}

int main(void)
{
    VM_Engine *engine = new_engine();
    refused();
    sealed(engine);
    granted(engine);
    VM_EngineDelete(engine);
    return finish();
}
