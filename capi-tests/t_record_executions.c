/* Recordings of executions that suspend, are cancelled, or reach their deadline: a replay ends where they did. */
#include "recorded.h"

static atomic_int calls;
static uint64_t cancelled;

static VM_Status VM_CALL resumed(void *user, VM_Caller *caller, const VM_Completion *completion, const VM_Value *args,
                                 VM_Value *results)
{
    (void)user;
    calls++;
    results[0] = VM_ValueI32(completion->values[0].of.i32 + args[0].of.i32);
    return VM_CallerWriteMemory(caller, 100 + (uint64_t)args[0].of.i32, "resumed", 7);
}

/* Suspends, and is completed at once; with an argument below zero, never. */
static VM_Status VM_CALL wait_(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    VM_Suspension suspension = { sizeof suspension, 0, NULL, resumed, NULL, NULL };
    VM_Value value = VM_ValueI32(1000);
    VM_Token token;
    VM_Status answer;
    (void)user;
    (void)results;
    calls++;
    if ((answer = VM_CallerWriteMemory(caller, 200, "waits", 5)))
        return answer;
    answer = VM_CallerSuspend(caller, &suspension, &token);
    if (answer == VM_STATUS_PENDING && args[0].of.i32 >= 0)
        VM_Complete(token, &value, 1, NULL);
    return answer;
}

static VM_Status VM_CALL start(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    VM_Suspension suspension = { sizeof suspension, 0, NULL, resumed, NULL, NULL };
    VM_Token token;
    VM_Ref step;
    VM_Status status;
    (void)user;
    (void)results;
    calls++;
    status = VM_CallerGetExport(caller, "step", &step);
    return status ? status : VM_CallerStartCall(caller, step, args, 1, &suspension, &token);
}

static VM_Status VM_CALL charge(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)user;
    (void)results;
    calls++;
    if (cancelled)
        VM_Cancel(cancelled, NULL);
    return VM_CallerConsumeFuel(caller, (uint64_t)args[0].of.i32);
}

static void register_host(VM_Context *context)
{
    VM_HostModule *host = new_host("host");
    NEED(VM_HostModuleAddFunction(host, "wait", "(i)i", wait_, NULL, NULL, &error));
    NEED(VM_HostModuleAddFunction(host, "start", "(i)i", start, NULL, NULL, &error));
    NEED(VM_HostModuleAddFunction(host, "charge", "(i)", charge, NULL, NULL, &error));
    NEED(VM_HostModuleSetFunctionFlags(host, "wait", VM_FUNCTION_MAY_SUSPEND, &error));
    NEED(VM_HostModuleSetFunctionFlags(host, "start", VM_FUNCTION_MAY_SUSPEND, &error));
    NEED(VM_ContextRegisterModule(context, host, &error));
    VM_HostModuleDelete(host);
}

static VM_Status execute(VM_Context *context, const char *name, bool has_argument, int32_t argument, VM_Value *result)
{
    VM_Value value = VM_ValueI32(argument);
    forget_error();
    return VM_ContextExecute(context, latest(context), name, &value, has_argument, result, has_argument, &error);
}

/* Runs as an execution, which is cancelled if it is suspended. */
static VM_Status started(VM_Context *context, int32_t argument, VM_Value *result)
{
    VM_Execution *execution = NULL;
    VM_Status status;
    forget_error();
    status = VM_ContextStart(context, latest(context), "run", VALUES(VM_ValueI32(argument)), NULL, &execution, &error);
    CHECK_INT(status, VM_STATUS_OK);
    if (VM_ExecutionGetState(execution) == VM_EXECUTION_PENDING)
        CHECK_OK(VM_ExecutionCancel(execution, &error));
    forget_error();
    status = VM_ExecutionWait(execution, UINT64_MAX, &error);
    if (status == VM_STATUS_OK)
        CHECK_OK(VM_ExecutionGetResults(execution, result, 1, &error));
    VM_ExecutionDelete(execution);
    return status;
}

static uint64_t fuel_of(VM_Context *context)
{
    uint64_t fuel = 0;
    NEED(VM_ContextGetFuel(context, &fuel, &error));
    return fuel;
}

/* The same calls in the recording and in the replay; only the recording has what interrupts them. */
static void program(VM_Engine *engine, VM_Context *context, bool is_recorded)
{
    VM_Value result;
    NEED(VM_ContextSetFuel(context, 1000000000, &error));
    instantiate(engine, context, GUEST("record_waits"));
    CHECK_INT(execute(context, "run", true, 7, &result), VM_STATUS_OK);
    /* 1007 of the first, and 1007 + 1 + 7 of the second. */
    CHECK_INT(result.of.i32, 1007 + 1015);
    CHECK_INT(started(context, 3, &result), VM_STATUS_OK);
    CHECK_INT(result.of.i32, 1003 + 1007);
    CHECK_INT(started(context, -1, &result), VM_STATUS_CANCELLED);
    if (is_recorded)
        NEED(VM_ContextSetTimeout(context, 20, &error));
    CHECK_INT(execute(context, "spin", false, 0, NULL), VM_STATUS_TIMEOUT);
    CHECK(strstr(VM_ErrorGetMessage(error), "timeout of 20 ms") != NULL);
    CHECK_INT(execute(context, "spin_on", false, 0, NULL), VM_STATUS_TIMEOUT);
    if (is_recorded) {
        NEED(VM_ContextSetTimeout(context, 0, &error));
        NEED(VM_ContextGetCancelId(context, &cancelled, &error));
    }
    CHECK_INT(execute(context, "spin_on", false, 0, NULL), VM_STATUS_CANCELLED);
    cancelled = 0;
    CHECK_INT(execute(context, "run", true, 9, &result), VM_STATUS_OK);
}

/* What was recorded is replayed, also by an engine without metering up to the first interruption. */
static void replays(VM_Engine *engine, VM_Context *context, VM_Context *again, VM_Engine *plain, VM_Context *other)
{
    Bytes bytes = { 0 };
    VM_Value result;
    int called;
    NEED(VM_ContextRecordToCallback(context, keep_bytes, &bytes, NULL, &error));
    program(engine, context, true);
    CHECK_OK(VM_ContextStopRecording(context, &error));
    called = calls;
    CHECK(called > 10);

    CHECK_OK(VM_ContextReplayFromBuffer(again, bytes.data, bytes.size, &error));
    program(engine, again, false);
    CHECK_OK(VM_ContextStopRecording(again, &error));
    CHECK_INT(calls, called);
    same_memory(context, again);
    CHECK_INT(fuel_of(again), fuel_of(context));

    CHECK_OK(VM_ContextReplayFromBuffer(other, bytes.data, bytes.size, &error));
    instantiate(plain, other, GUEST("record_waits"));
    CHECK_INT(execute(other, "run", true, 7, &result), VM_STATUS_OK);
    CHECK_INT(started(other, 3, &result), VM_STATUS_OK);
    CHECK_INT(started(other, -1, &result), VM_STATUS_CANCELLED);
    CHECK_INT(execute(other, "spin", false, 0, NULL), VM_STATUS_UNSUPPORTED);
    CHECK(strstr(VM_ErrorGetMessage(error), "VM_EngineConfigSetInterruptible") != NULL);
    CHECK_STATUS(VM_ContextStopRecording(other, &error), VM_STATUS_UNSUPPORTED, NULL);
    free(bytes.data);
}

/* Compiled code is interrupted for a recording by its fuel; without fuel the error names the option. */
static void needs_fuel(void)
{
    VM_Engine *engine = new_engine_with(true, false);
    VM_Context *context = new_context(engine);
    Bytes bytes = { 0 };
    VM_Status expected = is_compiled(context) ? VM_STATUS_UNSUPPORTED : VM_STATUS_OK;
    CHECK_INT(VM_ContextRecordToCallback(context, keep_bytes, &bytes, NULL, &error), expected);
    CHECK(expected == VM_STATUS_OK || strstr(VM_ErrorGetMessage(error), "needs VM_EngineConfigSetFuelMetering too"));
    VM_ContextDelete(context);
    VM_EngineDelete(engine);
    free(bytes.data);
}

int main(void)
{
    VM_Engine *engine = new_engine_with(true, true), *plain = new_engine();
    VM_Context *context = new_context(engine), *again = new_context(engine), *other = new_context(plain);
    register_host(context);
    replays(engine, context, again, plain, other);
    VM_ContextDelete(other);
    VM_ContextDelete(again);
    VM_ContextDelete(context);
    VM_EngineDelete(plain);
    VM_EngineDelete(engine);
    needs_fuel();
    return finish();
}
