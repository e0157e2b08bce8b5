/* Fuel: the same amount in each run, whoever uses it and however the guest is called, and the end of an execution without it. */
#include "test.h"

typedef struct Fixture {
    VM_Engine *engine;
    VM_Context *context;
    VM_Instance instance;
} Fixture;

static VM_HostModule *host;

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

static Fixture make(bool interruptible)
{
    Fixture made = { 0 };
    VM_EngineConfig *config = NULL;
    NEED(VM_EngineConfigCreate(&config, &error));
    NEED(VM_EngineConfigSetFuelMetering(config, true, &error));
    NEED(VM_EngineConfigSetInterruptible(config, interruptible, &error));
    NEED(VM_EngineCreate(config, &made.engine, &error));
    VM_EngineConfigDelete(config);
    made.context = new_context(made.engine);
    NEED(VM_ContextRegisterModule(made.context, host, &error));
    NEED(VM_ContextSetFuel(made.context, 1000000, &error));
    made.instance = instantiate(made.engine, made.context, GUEST("fuel"));
    return made;
}

static void end(const Fixture *of)
{
    VM_ContextDelete(of->context);
    VM_EngineDelete(of->engine);
}

static uint64_t fuel(const Fixture *of)
{
    uint64_t units = 99;
    CHECK_OK(VM_ContextGetFuel(of->context, &units, &error));
    return units;
}

/* A blocking call, or an execution that is started. */
static VM_Status call(const Fixture *of, bool started, const char *name, int32_t argument)
{
    VM_Value value = VM_ValueI32(argument), result;
    VM_Execution *execution = NULL;
    VM_Status status;
    if (!started)
        return VM_ContextExecute(of->context, of->instance, name, &value, 1, &result, 1, &error);
    NEED(VM_ContextStart(of->context, of->instance, name, &value, 1, NULL, &execution, &error));
    status = VM_ExecutionWait(execution, UINT64_MAX, &error);
    VM_ExecutionDelete(execution);
    return status;
}

static uint64_t used(const Fixture *of, bool started, const char *name, int32_t argument)
{
    CHECK_OK(VM_ContextSetFuel(of->context, 100000000, &error));
    CHECK_OK(call(of, started, name, argument));
    return 100000000 - fuel(of);
}

static void needs_its_option(void)
{
    static const char option[] = "turn it on with VM_EngineConfigSetFuelMetering";
    VM_Engine *plain = new_engine();
    VM_Context *context = new_context(plain);
    uint64_t units;
    CHECK_STATUS(VM_ContextSetFuel(context, 10, &error), VM_STATUS_UNSUPPORTED, option);
    CHECK_STATUS(VM_ContextAddFuel(context, 10, &error), VM_STATUS_UNSUPPORTED, option);
    CHECK_STATUS(VM_ContextGetFuel(context, &units, &error), VM_STATUS_UNSUPPORTED, option);
    NEED(VM_ContextRegisterModule(context, host, &error));
    CHECK_STATUS(VM_ContextRunWasmFromFile(context, GUEST("fuel"), "charged", VALUES(VM_ValueI32(1)), &(VM_Value){ 0 }, 1, &error),
                 VM_STATUS_UNSUPPORTED, NULL);
    VM_ContextDelete(context);
    VM_EngineDelete(plain);
}

/* What is used does not depend on the call, the engine's other options, what ran before, or the size of the interpreter's slices. */
static void is_deterministic(void)
{
    static const char *const names[] = { "count", "charged", "nested", "afterwards" };
    static const int32_t arguments[] = { 1, 7, 200000 };
    uint64_t expected[4][3];
    for (int round = 0; round < 4; round++) {
        Fixture fixture = make(round % 2);
        for (int n = 0; n < 4; n++) {
            for (int a = 0; a < 3 - (n == 2); a++) {
                uint64_t found = used(&fixture, round / 2, names[n], arguments[a]);
                if (round == 0)
                    expected[n][a] = found;
                CHECK(found > 0);
                CHECK_INT(found, expected[n][a]);
                CHECK_INT(used(&fixture, round / 2, names[n], arguments[a]), expected[n][a]);
            }
        }
        end(&fixture);
    }
    /* More rounds use more, each round the same. */
    CHECK(expected[0][1] > expected[0][0]);
    CHECK_INT((expected[0][2] - expected[0][0]) / 199999, (expected[0][1] - expected[0][0]) / 6);
    CHECK(expected[1][0] > 1000 + expected[0][0]);
    CHECK_INT(expected[1][1] - expected[1][0], expected[0][1] - expected[0][0]);
    CHECK_INT(expected[3][2] - expected[3][0], expected[0][2] - expected[0][0]);
}

/* Exactly enough is enough, one less is not; more can be added, and the context used again. */
static void is_used_up(void)
{
    for (int i = 0; i < 4; i++) {
        Fixture fixture = make(i % 2);
        uint64_t needed = used(&fixture, i / 2, "charged", 500);
        CHECK_OK(VM_ContextSetFuel(fixture.context, needed, &error));
        CHECK_OK(call(&fixture, i / 2, "charged", 500));
        CHECK_INT(fuel(&fixture), 0);
        CHECK_STATUS(call(&fixture, i / 2, "count", 1), VM_STATUS_OUT_OF_FUEL, "VM_ContextSetFuel, VM_ContextAddFuel");
        CHECK_INT(VM_ErrorGetTrapCode(error), VM_TRAP_OUT_OF_FUEL);
        /* Compiled code looks at its fuel at loops and calls only. */
        CHECK_OK(VM_ContextSetFuel(fixture.context, needed - (is_compiled(fixture.context) ? 20 : 1), &error));
        CHECK_STATUS(call(&fixture, i / 2, "charged", 500), VM_STATUS_OUT_OF_FUEL, "out of fuel");
        CHECK_OK(VM_ContextSetFuel(fixture.context, 999, &error));
        CHECK_STATUS(call(&fixture, i / 2, "charged", 500), VM_STATUS_OUT_OF_FUEL, "a host function needs 1000 units of fuel, and");
        CHECK_INT(fuel(&fixture), 0);
        CHECK_OK(VM_ContextSetFuel(fixture.context, 100000, &error));
        CHECK_STATUS(call(&fixture, i / 2, "spin", 0), VM_STATUS_OUT_OF_FUEL, "out of fuel");
        CHECK(fuel(&fixture) < 100);
        CHECK_OK(VM_ContextSetFuel(fixture.context, 40, &error));
        CHECK_STATUS(call(&fixture, i / 2, "nested", 3), VM_STATUS_OUT_OF_FUEL, NULL);
        CHECK_OK(VM_ContextAddFuel(fixture.context, needed, &error));
        CHECK_OK(VM_ContextAddFuel(fixture.context, needed, &error));
        CHECK_OK(call(&fixture, i / 2, "charged", 500));
        CHECK_OK(VM_ContextAddFuel(fixture.context, UINT64_MAX, &error));
        CHECK(fuel(&fixture) == UINT64_MAX);
        CHECK_OK(call(&fixture, i / 2, "charged", 500));
        CHECK(fuel(&fixture) == UINT64_MAX - needed);
        end(&fixture);
    }
}

/* A new context has no fuel, and neither has one that was reset. */
static void is_none_at_first(void)
{
    Fixture fixture = make(false);
    VM_Context *fresh = new_context(fixture.engine);
    VM_Value result;
    NEED(VM_ContextRegisterModule(fresh, host, &error));
    CHECK_STATUS(VM_ContextRunWasmFromFile(fresh, GUEST("fuel"), "count", VALUES(VM_ValueI32(1)), &result, 1, &error),
                 VM_STATUS_OUT_OF_FUEL, NULL);
    VM_ContextDelete(fresh);
    CHECK_INT(fuel(&fixture), 1000000);
    CHECK_OK(VM_ContextReset(fixture.context, &error));
    CHECK_INT(fuel(&fixture), 0);
    end(&fixture);
}

int main(void)
{
    host = new_host("host");
    NEED(VM_HostModuleAddFunction(host, "charge", "(I)", charge, NULL, NULL, &error));
    NEED(VM_HostModuleAddFunction(host, "again", "(i)i", again, NULL, NULL, &error));
    needs_its_option();
    is_deterministic();
    is_used_up();
    is_none_at_first();
    VM_HostModuleDelete(host);
    return finish();
}
