/* Host functions of numbers without types: every kind of number, failures, nesting, what watches them, and what they cannot do. */
#include "raw.h"

static VM_Context *with_guest(VM_Engine *engine, VM_HostModule *host, const VM_ContextConfig *config)
{
    VM_Context *context = NULL;
    NEED(VM_ContextCreate(engine, config, &context, &error));
    NEED(VM_ContextRegisterModule(context, host, &error));
    instantiate(engine, context, GUEST("raw"));
    return context;
}

static void call(VM_Context *context, const char *name, const VM_Value *args, size_t count, VM_Value *results, size_t result_count)
{
    CHECK_OK(VM_ContextExecute(context, latest(context), name, args, count, results, result_count, &error));
}

/* `made` is how many calls of `none` there are in one of the guest. */
static void numbers(VM_Context *context, const int *calls, int made)
{
    VM_Value results[3];
    uint8_t bytes[16];
    for (int i = 0; i < 16; i++)
        bytes[i] = (uint8_t)(200 + i);
    int before = *calls;
    call(context, "none", NO_VALUES, NO_VALUES);
    CHECK_INT(*calls, before + made);
    CHECK_INT(run(context, "add", VALUES(VM_ValueI32(INT32_MAX), VM_ValueI32(1))), INT32_MIN);
    call(context, "half", VALUES(VM_ValueF64(-3)), results, 1);
    CHECK(results[0].type == VM_VALTYPE_F64 && results[0].of.f64 == -1.5);
    call(context, "float", VALUES(VM_ValueF32(2)), results, 1);
    CHECK(results[0].type == VM_VALTYPE_F32 && results[0].of.f32 == 2.5f);
    call(context, "mix", VALUES(VM_ValueI64(INT64_MIN), VM_ValueF32(1.5f), VM_ValueF64(0.25), VM_ValueV128(bytes)), results, 3);
    CHECK(results[0].type == VM_VALTYPE_V128 && memcmp(results[0].of.v128, bytes, 16) == 0);
    CHECK(results[1].of.f64 == 1.75 && results[2].of.i64 == INT64_MIN);
    CHECK_INT(run(context, "many", NO_VALUES), 210);
    call(context, "seven", NO_VALUES, results, 1);
    CHECK(results[0].of.i64 == INT64_C(0x700000000));
    call(context, "four", VALUES(VM_ValueI64(INT64_C(1) << 40), VM_ValueI32(-1), VM_ValueI64(2), VM_ValueI32(4)), results, 1);
    CHECK(results[0].of.i64 == (INT64_C(1) << 40) - 1);
    call(context, "pair", VALUES(VM_ValueI32(41)), results, 2);
    CHECK(results[0].of.i32 == 42 && results[1].of.i64 == -41);
}

static void failing(VM_Context *context)
{
    VM_Value result;
    CHECK_INT(run(context, "again", VALUES(VM_ValueI32(10))), 20);
    CHECK_INT(run(context, "fail", VALUES(VM_ValueI32(4))), 4);
    CHECK_STATUS(VM_ContextExecute(context, latest(context), "fail", VALUES(VM_ValueI32(0)), &result, 1, &error), VM_STATUS_IO,
                 "host function `raw.fail` failed: the disk is full");
    CHECK_TEXT(VM_ErrorGetFunctionName(error), "fail");
    CHECK_STATUS(VM_ContextExecute(context, latest(context), "fail", VALUES(VM_ValueI32(1)), &result, 1, &error), VM_STATUS_TRAP,
                 "host function `raw.fail` failed with VM_STATUS_TRAP");
    CHECK_STATUS(VM_ContextExecute(context, latest(context), "fail", VALUES(VM_ValueI32(2)), &result, 1, &error),
                 VM_STATUS_BAD_ANSWER, "host function `raw.fail` returned 12345, which is not a valid status");
    CHECK_STATUS(VM_ContextExecute(context, latest(context), "fail", VALUES(VM_ValueI32(3)), &result, 1, &error),
                 VM_STATUS_BAD_ANSWER, "returned VM_STATUS_PENDING without suspending its call");
    CHECK_STATUS(VM_ContextExecute(context, latest(context), "sleep", VALUES(VM_ValueI32(3)), &result, 1, &error),
                 VM_STATUS_UNSUPPORTED, "host function `raw.sleep` cannot suspend: it is a function of numbers without types");
    CHECK_INT(run(context, "add", VALUES(VM_ValueI32(1), VM_ValueI32(2))), 3);
}

/* A context that counts calls. */
static void watched(VM_Engine *engine, VM_HostModule *host, const int *calls)
{
    VM_ContextConfig *config = NULL;
    VM_Statistics statistics = VM_STATISTICS_INIT;
    NEED(VM_ContextConfigCreate(&config, &error));
    NEED(VM_ContextConfigSetStatistics(config, true, &error));
    VM_Context *context = with_guest(engine, host, config);
    VM_ContextConfigDelete(config);
    numbers(context, calls, 1);
    CHECK_OK(VM_ContextGetStatistics(context, &statistics, &error));
    CHECK_INT(statistics.host_calls, 9);
    failing(context);
    statistics = (VM_Statistics)VM_STATISTICS_INIT;
    CHECK_OK(VM_ContextGetStatistics(context, &statistics, &error));
    CHECK_INT(statistics.host_calls, 9 + 11 + 1 + 4 + 1 + 1);
    CHECK_INT(statistics.host_failures, 5);
    VM_ContextDelete(context);
}

static void refused(void)
{
    static const char *const signatures[] = { "(r)i", "(c)", "()r", "(<~)i", "(i$)" };
    VM_HostModule *host = new_host("raw");
    atomic_int freed = 0;
    for (int i = 0; i < 5; i++)
        CHECK_STATUS(VM_HostModuleAddFunctionRaw(host, "f", signatures[i], raw_none, &freed, count_free, &error),
                     VM_STATUS_INVALID_ARGUMENT, "function `raw.f` cannot have raw values: its signature has references or guest memory");
    CHECK_INT(freed, 5);
    CHECK_STATUS(VM_HostModuleAddFunctionRaw(host, "f", "(x)", raw_none, &freed, count_free, &error), VM_STATUS_BAD_SIGNATURE, NULL);
    CHECK_OK(VM_HostModuleAddFunctionRaw(host, "f", "(i)", raw_none, &freed, count_free, &error));
    CHECK_STATUS(VM_HostModuleAddFunctionRaw(host, "f", "(i)", raw_none, &freed, count_free, &error), VM_STATUS_ALREADY_EXISTS, NULL);
    CHECK_INT(freed, 7);
    CHECK_STATUS(VM_HostModuleSetFunctionFlags(host, "f", VM_FUNCTION_MAY_SUSPEND, &error), VM_STATUS_UNSUPPORTED,
                 "function `f` cannot have the flag VM_FUNCTION_MAY_SUSPEND: a function of numbers without types never suspends");
    CHECK_OK(VM_HostModuleSetFunctionFlags(host, "f", 0, &error));
    VM_HostModuleDelete(host);
    CHECK_INT(freed, 8);
}

static VM_Status VM_CALL cancels(void *user, VM_Caller *caller, VM_RawValue *values)
{
    (void)caller, (void)values;
    CHECK_OK(VM_Cancel(*(uint64_t *)user, &error));
    return VM_STATUS_OK;
}

/* The guest has no loop, in which it would look itself. */
static void cancelled_inside(VM_Engine *engine)
{
    uint64_t id = 0;
    VM_HostModule *own = new_host("own");
    VM_Context *context = new_context(engine);
    NEED(VM_HostModuleAddFunctionRaw(own, "f", "()", cancels, &id, NULL, &error));
    NEED(VM_ContextRegisterModule(context, own, &error));
    instantiate(engine, context, GUEST("raw_inside"));
    NEED(VM_ContextGetCancelId(context, &id, &error));
    CHECK_STATUS(VM_ContextExecute(context, latest(context), "run", NO_VALUES, NO_VALUES, &error), VM_STATUS_CANCELLED, NULL);
    VM_HostModuleDelete(own);
    VM_ContextDelete(context);
}

/* An engine that looks after each call whether the guest may go on. */
static void interruptible(VM_HostModule *host, const int *calls)
{
    VM_Engine *engine = new_engine_with(true, false);
    VM_Context *context = with_guest(engine, host, NULL);
    numbers(context, calls, 1);
    failing(context);
    cancelled_inside(engine);
    VM_ContextDelete(context);
    VM_EngineDelete(engine);
}

typedef struct {
    uint8_t bytes[65536];
    size_t size;
} Recorded;

static VM_Status VM_CALL keep(void *user, const uint8_t *data, size_t size)
{
    Recorded *recorded = user;
    CHECK(size <= sizeof recorded->bytes - recorded->size);
    memcpy(recorded->bytes + recorded->size, data, size);
    recorded->size += size;
    return VM_STATUS_OK;
}

/* A replay makes the same calls without calling the host functions. */
static void recorded(VM_Engine *engine, VM_HostModule *host, const int *calls)
{
    static Recorded recorded;
    for (int replays = 0; replays < 2; replays++) {
        VM_Context *context = new_context(engine);
        VM_PreparedCall *prepared = NULL;
        VM_RawValue value = { .i32 = 20 };
        VM_Func func;
        if (replays)
            NEED(VM_ContextReplayFromBuffer(context, recorded.bytes, recorded.size, &error));
        else
            NEED(VM_ContextRecordToCallback(context, keep, &recorded, NULL, &error));
        NEED(VM_ContextRegisterModule(context, host, &error));
        instantiate(engine, context, GUEST("raw"));
        numbers(context, calls, !replays);
        NEED(VM_InstanceFindFunction(context, latest(context), "fail", &func, &error));
        NEED(VM_PreparedCallCreate(context, func, "(i)i", &prepared, &error));
        CHECK_OK(VM_PreparedCallRun(prepared, &value, &error));
        CHECK_INT(value.i32, 20);
        value.i32 = 0;
        CHECK_STATUS(VM_PreparedCallRun(prepared, &value, &error), VM_STATUS_IO, "the disk is full");
        CHECK_OK(VM_ContextStopRecording(context, &error));
        VM_PreparedCallDelete(prepared);
        VM_ContextDelete(context);
    }
}

int main(void)
{
    int calls = 0;
    VM_Engine *engine = new_engine();
    VM_HostModule *host = raw_host(&calls);
    VM_Context *context = with_guest(engine, host, NULL);
    numbers(context, &calls, 1);
    failing(context);
    CHECK_OK(VM_ContextReset(context, &error));
    instantiate(engine, context, GUEST("raw"));
    numbers(context, &calls, 1);
    watched(engine, host, &calls);
    interruptible(host, &calls);
    recorded(engine, host, &calls);
    VM_ContextDelete(context);
    refused();
    VM_HostModuleDelete(host);
    VM_EngineDelete(engine);
    return finish();
}
