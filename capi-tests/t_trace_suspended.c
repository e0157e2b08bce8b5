/* The tracing callback and the counters for host functions that suspend, and for the guests that these call meanwhile. */
#include "test.h"

static char seen[4096];

static void VM_CALL trace(void *user, const VM_TraceEvent *event)
{
    static const char *const kinds[] = { "", "host", "host ended", "guest", "guest ended", "suspended", "resumed" };
    size_t used = strlen(seen);
    (void)user;
    used += (size_t)snprintf(seen + used, sizeof seen - used, "%u %s %s", (unsigned)event->depth, kinds[event->kind],
                             event->function ? event->function : "reference");
    for (size_t i = 0; i < event->count; i++)
        used += (size_t)snprintf(seen + used, sizeof seen - used, " %d", event->values[i].of.i32);
    if (event->status != VM_STATUS_OK)
        used += (size_t)snprintf(seen + used, sizeof seen - used, " %s", VM_StatusGetName(event->status));
    snprintf(seen + used, sizeof seen - used, "\n");
}

static VM_Status VM_CALL resumed(void *user, VM_Caller *caller, const VM_Completion *completion, const VM_Value *args,
                                 VM_Value *results)
{
    (void)user;
    (void)caller;
    results[0] = VM_ValueI32(completion->values[0].of.i32 + args[0].of.i32);
    return VM_STATUS_OK;
}

static VM_Status VM_CALL wait_(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    VM_Value value = VM_ValueI32(1000);
    VM_Token token;
    VM_Status answer = VM_CallerSuspend(caller, NULL, &token);
    (void)user;
    (void)results;
    if (answer == VM_STATUS_PENDING && args[0].of.i32 >= 0)
        VM_Complete(token, &value, 1, NULL);
    return answer;
}

static VM_Status VM_CALL start(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    VM_Suspension suspension = { sizeof suspension, 0, NULL, resumed, NULL, NULL };
    VM_Token token;
    VM_Ref step;
    VM_Status status = VM_CallerGetExport(caller, "step", &step);
    (void)user;
    (void)results;
    return status ? status : VM_CallerStartCall(caller, step, args, 1, &suspension, &token);
}

static VM_Status VM_CALL charge(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)user;
    (void)results;
    return VM_CallerConsumeFuel(caller, (uint64_t)args[0].of.i32);
}

static VM_Engine *fuel_engine(void)
{
    VM_EngineConfig *config = NULL;
    VM_Engine *engine = NULL;
    NEED(VM_EngineConfigCreate(&config, &error));
    NEED(VM_EngineConfigSetFuelMetering(config, true, &error));
    NEED(VM_EngineCreate(config, &engine, &error));
    VM_EngineConfigDelete(config);
    return engine;
}

static VM_Context *watched_context(VM_Engine *engine)
{
    VM_ContextConfig *config = NULL;
    VM_Context *context = NULL;
    VM_HostModule *host = new_host("host");
    NEED(VM_ContextConfigCreate(&config, &error));
    NEED(VM_ContextConfigSetTrace(config, trace, NULL, NULL, &error));
    NEED(VM_ContextConfigSetStatistics(config, true, &error));
    NEED(VM_ContextCreate(engine, config, &context, &error));
    VM_ContextConfigDelete(config);
    NEED(VM_HostModuleAddFunction(host, "wait", "(i)i", wait_, NULL, NULL, &error));
    NEED(VM_HostModuleAddFunction(host, "start", "(i)i", start, NULL, NULL, &error));
    NEED(VM_HostModuleAddFunction(host, "charge", "(i)", charge, NULL, NULL, &error));
    NEED(VM_HostModuleSetFunctionFlags(host, "wait", VM_FUNCTION_MAY_SUSPEND, &error));
    NEED(VM_HostModuleSetFunctionFlags(host, "start", VM_FUNCTION_MAY_SUSPEND, &error));
    NEED(VM_ContextRegisterModule(context, host, &error));
    VM_HostModuleDelete(host);
    return context;
}

static void check_seen(const char *expected)
{
    CHECK_TEXT(seen, expected);
    seen[0] = 0;
}

int main(void)
{
    VM_Engine *engine = fuel_engine();
    VM_Context *context = watched_context(engine);
    VM_Execution *execution = NULL;
    VM_Statistics statistics = VM_STATISTICS_INIT;
    uint64_t left = 0;
    NEED(VM_ContextSetFuel(context, 1000000, &error));
    instantiate(engine, context, GUEST("record_waits"));
    CHECK_INT(run(context, "run", VALUES(VM_ValueI32(7))), 1000 + 1001 + 7);
    check_seen("0 guest run 7\n"
               "1 host charge 1000\n"
               "1 host ended charge\n"
               "1 host wait 7\n"
               "1 suspended wait VM_STATUS_PENDING\n"
               "1 resumed wait 1000\n"
               "1 host ended wait 1000\n"
               "1 host start 7\n"
               "1 suspended start VM_STATUS_PENDING\n"
               "1 guest reference 7\n"
               "2 host wait 7\n"
               "2 suspended wait VM_STATUS_PENDING\n"
               "2 resumed wait 1000\n"
               "2 host ended wait 1000\n"
               "1 guest ended reference 1001\n"
               "1 resumed start 1001\n"
               "1 host ended start 1008\n"
               "0 guest ended run 2008\n");
    CHECK_OK(VM_ContextGetStatistics(context, &statistics, &error));
    CHECK_INT(statistics.suspensions, 3);
    CHECK_INT(statistics.host_calls, 4);
    CHECK_INT(statistics.guest_calls, 2);
    CHECK_INT(statistics.host_failures, 0);
    NEED(VM_ContextGetFuel(context, &left, &error));
    CHECK_INT(statistics.fuel, 1000000 - left);
    CHECK(statistics.fuel > 1000);

    /* An execution that is given up ends with its outermost call. */
    NEED(VM_ContextStart(context, latest(context), "run", VALUES(VM_ValueI32(-1)), NULL, &execution, &error));
    CHECK_INT(VM_ExecutionGetState(execution), VM_EXECUTION_PENDING);
    CHECK_OK(VM_ExecutionCancel(execution, &error));
    CHECK_STATUS(VM_ExecutionWait(execution, UINT64_MAX, &error), VM_STATUS_CANCELLED, NULL);
    VM_ExecutionDelete(execution);
    check_seen("0 guest run -1\n"
               "1 host charge 1000\n"
               "1 host ended charge\n"
               "1 host wait -1\n"
               "1 suspended wait VM_STATUS_PENDING\n"
               "0 guest ended run VM_STATUS_CANCELLED\n");
    VM_ContextDelete(context);
    VM_EngineDelete(engine);
    return finish();
}
