/* What a host function reads and changes of the running execution: its time, and its fuel. */
#include "suspends.h"

enum { MINUTE = 60000 };

static VM_Engine *new_metered(bool interruptible, bool fuel)
{
    VM_EngineConfig *config = NULL;
    VM_Engine *made = NULL;
    NEED(VM_EngineConfigCreate(&config, &error));
    NEED(VM_EngineConfigSetInterruptible(config, interruptible, &error));
    NEED(VM_EngineConfigSetFuelMetering(config, fuel, &error));
    NEED(VM_EngineCreate(config, &made, &error));
    VM_EngineConfigDelete(config);
    return made;
}

/* A context whose guest calls `callback`. */
static VM_Context *with_function(VM_Engine *engine, VM_Callback callback, void *user)
{
    VM_Context *context = new_context(engine);
    VM_HostModule *host = new_host("host");
    NEED(VM_HostModuleAddFunction(host, "sleep", "(i)i", callback, user, NULL, &error));
    NEED(VM_HostModuleSetFunctionFlags(host, "sleep", VM_FUNCTION_MAY_SUSPEND, &error));
    NEED(VM_ContextRegisterModule(context, host, &error));
    VM_HostModuleDelete(host);
    instantiate(engine, context, GUEST("wait"));
    return context;
}

static VM_Status VM_CALL look_at_time(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    uint64_t *left = user;
    CHECK_INT(VM_CallerGetTimeLeft(caller, NULL), VM_STATUS_NULL_ARGUMENT);
    CHECK_INT(VM_CallerGetTimeLeft(caller, &left[0]), VM_STATUS_OK);
    CHECK_INT(VM_CallerExtendTime(caller, 10 * MINUTE), VM_STATUS_OK);
    CHECK_INT(VM_CallerGetTimeLeft(caller, &left[1]), VM_STATUS_OK);
    CHECK_INT(VM_CallerGetTimeLeft(NULL, &left[0]), VM_STATUS_NULL_ARGUMENT);
    CHECK_INT(VM_CallerExtendTime(NULL, 1), VM_STATUS_NULL_ARGUMENT);
    results[0] = args[0];
    return VM_STATUS_OK;
}

static void times(void)
{
    VM_Engine *engine = new_metered(true, false);
    uint64_t left[2] = { 0, 0 };
    VM_Context *context = with_function(engine, look_at_time, left);
    run(context, "nap", VALUES(VM_ValueI32(1)));
    CHECK(left[0] == UINT64_MAX && left[1] == UINT64_MAX);
    CHECK_OK(VM_ContextSetTimeout(context, 2 * MINUTE, &error));
    run(context, "nap", VALUES(VM_ValueI32(1)));
    CHECK(left[0] <= 2 * MINUTE && left[0] > MINUTE && left[1] <= 12 * MINUTE && left[1] > 11 * MINUTE);
    CHECK_OK(VM_ContextSetComputeLimit(context, MINUTE, &error)); /* the smaller one */
    run(context, "nap", VALUES(VM_ValueI32(1)));
    CHECK(left[0] <= MINUTE && left[1] <= 11 * MINUTE && left[1] > 10 * MINUTE);
    run(context, "nap", VALUES(VM_ValueI32(1))); /* the next execution has its own */
    CHECK(left[0] <= MINUTE);
    VM_ContextDelete(context);
    VM_EngineDelete(engine);
}

static VM_Status VM_CALL consume(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    CHECK_INT(VM_CallerConsumeFuel(NULL, 1), VM_STATUS_NULL_ARGUMENT);
    VM_Status status = *(VM_Status *)user = VM_CallerConsumeFuel(caller, (uint64_t)args[0].of.i32);
    results[0] = args[0];
    return status;
}

static void fuel(void)
{
    VM_Engine *engine = new_metered(false, true);
    VM_Status status = VM_STATUS_OK;
    VM_Context *context = with_function(engine, consume, &status);
    VM_Value value = VM_ValueI32(0);
    uint64_t before = 0, after = 0;
    CHECK_OK(VM_ContextSetFuel(context, 1000000, &error));
    run(context, "nap", VALUES(VM_ValueI32(0)));
    CHECK_OK(VM_ContextGetFuel(context, &before, &error));
    run(context, "nap", VALUES(VM_ValueI32(5000)));
    CHECK_OK(VM_ContextGetFuel(context, &after, &error));
    CHECK_INT(before - after, 1000000 - before + 5000); /* what the guest used the first time, and the work of the host */
    value = VM_ValueI32(2000000);
    CHECK_STATUS(VM_ContextExecute(context, latest(context), "nap", &value, 1, &value, 1, &error), VM_STATUS_OUT_OF_FUEL, "fuel");
    CHECK_INT(VM_ErrorGetTrapCode(error), VM_TRAP_OUT_OF_FUEL);
    CHECK_INT(status, VM_STATUS_OUT_OF_FUEL);
    CHECK_OK(VM_ContextGetFuel(context, &after, &error));
    CHECK_INT(after, 0);
    CHECK_OK(VM_ContextAddFuel(context, 1000000, &error));
    CHECK_INT(run(context, "nap", VALUES(VM_ValueI32(10))), 11);
    VM_ContextDelete(context);
    VM_EngineDelete(engine);

    engine = new_metered(true, false);
    context = with_function(engine, consume, &status);
    value = VM_ValueI32(1);
    CHECK_STATUS(VM_ContextExecute(context, latest(context), "nap", &value, 1, &value, 1, &error), VM_STATUS_UNSUPPORTED,
                 "VM_EngineConfigSetFuelMetering");
    CHECK_TEXT(VM_ErrorGetFunctionName(error), "sleep");
    VM_ContextDelete(context);
    VM_EngineDelete(engine);
}

int main(void)
{
    times();
    fuel();
    return finish();
}
