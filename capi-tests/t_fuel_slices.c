/* Fuel of executions that run in slices, or are interrupted: all that was used is counted. */
#include "test.h"

static VM_HostModule *host;
static VM_Engine *engine;
static VM_Context *context;
static VM_Instance instance;

static VM_Status VM_CALL charge(void *unused, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)unused;
    (void)results;
    return VM_CallerConsumeFuel(caller, (uint64_t)args[0].of.i64);
}

static VM_Status VM_CALL again(void *unused, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)unused;
    return VM_CallerCall(caller, "nested", args, 1, results, 1);
}

static void make(void)
{
    VM_EngineConfig *config = NULL;
    NEED(VM_EngineConfigCreate(&config, &error));
    NEED(VM_EngineConfigSetFuelMetering(config, true, &error));
    NEED(VM_EngineConfigSetInterruptible(config, true, &error));
    NEED(VM_EngineCreate(config, &engine, &error));
    VM_EngineConfigDelete(config);
    context = new_context(engine);
    host = new_host("host");
    NEED(VM_HostModuleAddFunction(host, "charge", "(I)", charge, NULL, NULL, &error));
    NEED(VM_HostModuleAddFunction(host, "again", "(i)i", again, NULL, NULL, &error));
    NEED(VM_ContextRegisterModule(context, host, &error));
    NEED(VM_ContextSetFuel(context, 1000, &error));
    instance = instantiate(engine, context, GUEST("fuel"));
}

static uint64_t fuel(void)
{
    uint64_t units = 0;
    NEED(VM_ContextGetFuel(context, &units, &error));
    return units;
}

static VM_Execution *start(const char *name, int32_t argument)
{
    VM_Execution *execution = NULL;
    VM_Value value = VM_ValueI32(argument);
    NEED(VM_ContextStart(context, instance, name, &value, 1, NULL, &execution, &error));
    return execution;
}

static uint64_t used_by_call(const char *name, int32_t argument)
{
    VM_Value value = VM_ValueI32(argument);
    NEED(VM_ContextSetFuel(context, UINT64_MAX / 2, &error));
    NEED(VM_ContextExecute(context, instance, name, &value, 1, &value, 1, &error));
    CHECK_INT(value.of.i32, argument);
    return UINT64_MAX / 2 - fuel();
}

/* It uses as much as in one piece, neither more nor less. */
static void is_counted_in_slices(const char *name, int32_t rounds)
{
    uint64_t needed = used_by_call(name, rounds);
    VM_Value result;
    NEED(VM_ContextSetSlice(context, 200, &error));
    for (uint64_t more = 0; more < 2000; more += 1000) {
        VM_Execution *execution;
        int turns = 1;
        NEED(VM_ContextSetFuel(context, needed + more, &error));
        execution = start(name, rounds);
        CHECK_INT(VM_ExecutionGetState(execution), VM_EXECUTION_READY);
        /* Fuel is given between executions, so that nothing is lost by giving it in between. */
        CHECK_STATUS(VM_ContextAddFuel(context, 1, &error), VM_STATUS_BUSY, "unfinished execution");
        for (; VM_ExecutionGetState(execution) == VM_EXECUTION_READY; turns++)
            CHECK_OK(VM_ExecutionPoll(execution, &error));
        CHECK(turns > 2);
        CHECK_OK(VM_ExecutionGetResults(execution, &result, 1, &error));
        CHECK_INT(result.of.i32, rounds);
        VM_ExecutionDelete(execution);
        CHECK_INT(fuel(), more);
    }
    /* A call that follows has no slices. */
    CHECK_INT(used_by_call(name, rounds), needed);
    NEED(VM_ContextSetSlice(context, 0, &error));
}

/* What was used until it was interrupted is counted: more in more time of the processor. */
static uint64_t used_until_interrupted(uint64_t limit_ms)
{
    VM_Execution *execution;
    NEED(VM_ContextSetFuel(context, UINT64_MAX / 2, &error));
    NEED(VM_ContextSetComputeLimit(context, limit_ms, &error));
    execution = start("spin", 0);
    CHECK_STATUS(VM_ExecutionWait(execution, UINT64_MAX, &error), VM_STATUS_TIMEOUT, "compute limit of");
    VM_ExecutionDelete(execution);
    NEED(VM_ContextSetComputeLimit(context, 0, &error));
    return UINT64_MAX / 2 - fuel();
}

/* What was used until it was cancelled, or deleted, between two slices is counted. */
static void is_counted_between_slices(bool deletes)
{
    VM_Statistics before = VM_STATISTICS_INIT, after = VM_STATISTICS_INIT;
    VM_Execution *execution;
    NEED(VM_ContextSetSlice(context, 200, &error));
    NEED(VM_ContextGetStatistics(context, &before, &error));
    NEED(VM_ContextSetFuel(context, UINT64_MAX / 2, &error));
    execution = start("spin", 0);
    CHECK_INT(VM_ExecutionGetState(execution), VM_EXECUTION_READY);
    if (!deletes) {
        CHECK_OK(VM_ExecutionCancel(execution, &error));
        CHECK_STATUS(VM_ExecutionPoll(execution, &error), VM_STATUS_CANCELLED, "the execution was cancelled");
    }
    VM_ExecutionDelete(execution);
    NEED(VM_ContextGetStatistics(context, &after, &error));
    CHECK(fuel() < UINT64_MAX / 2 - 10000);
    CHECK_INT(after.fuel - before.fuel, UINT64_MAX / 2 - fuel());
    NEED(VM_ContextSetSlice(context, 0, &error));
}

/* It ends when all that it was given is used up. */
static void is_used_up(void)
{
    VM_Execution *execution;
    NEED(VM_ContextSetFuel(context, 1000000, &error));
    execution = start("spin", 0);
    CHECK_STATUS(VM_ExecutionPoll(execution, &error), VM_STATUS_OUT_OF_FUEL, "out of fuel");
    VM_ExecutionDelete(execution);
    CHECK(fuel() < 100);
}

int main(void)
{
    make();
    is_counted_in_slices("count", is_compiled(context) ? 8000000 : 400000);
    is_counted_in_slices("charges", 40000);
    CHECK(used_until_interrupted(5) > 1000);
    CHECK(used_until_interrupted(80) > used_until_interrupted(5));
    is_counted_between_slices(false);
    is_counted_between_slices(true);
    is_used_up();
    VM_HostModuleDelete(host);
    VM_ContextDelete(context);
    VM_EngineDelete(engine);
    return finish();
}
