/* Prepared calls: types are compared once, numbers of every kind, failures, and what remains of them after their context. */
#include "raw.h"
#include <pthread.h>

static int calls;
static VM_Engine *engine;
static VM_HostModule *host;

static VM_Context *with_guest(const VM_ContextConfig *config)
{
    VM_Context *context = NULL;
    NEED(VM_ContextCreate(engine, config, &context, &error));
    NEED(VM_ContextRegisterModule(context, host, &error));
    instantiate(engine, context, GUEST("raw"));
    return context;
}

static VM_Func find(VM_Context *context, const char *name)
{
    VM_Func func;
    NEED(VM_InstanceFindFunction(context, latest(context), name, &func, &error));
    return func;
}

static VM_PreparedCall *prepare(VM_Context *context, const char *name, const char *signature)
{
    VM_PreparedCall *prepared = NULL;
    NEED(VM_PreparedCallCreate(context, find(context, name), signature, &prepared, &error));
    return prepared;
}

static void numbers(VM_Context *context)
{
    VM_RawValue values[4];
    VM_PreparedCall *prepared = prepare(context, "divide", "(ii)i");
    for (int i = 1; i < 100; i++) {
        values[0].i32 = -7 * i;
        values[1].i32 = i;
        CHECK_OK(VM_PreparedCallRun(prepared, values, &error));
        CHECK_INT(values[0].i32, -7);
    }
    values[1].i32 = 0;
    CHECK_STATUS(VM_PreparedCallRun(prepared, values, &error), VM_STATUS_TRAP, "integer division by zero");
    CHECK_INT(VM_ErrorGetTrapCode(error), VM_TRAP_DIVISION_BY_ZERO);
    CHECK_INT(VM_ErrorGetFrameCount(error), 1);
    VM_PreparedCallDelete(prepared);

    prepared = prepare(context, "sum", "(IfF)F");
    values[0].i64 = INT64_C(1) << 40;
    values[1].f32 = 0.5f;
    values[2].f64 = 0.25;
    CHECK_OK(VM_PreparedCallRun(prepared, values, &error));
    CHECK(values[0].f64 == (double)(INT64_C(1) << 40) + 0.75);
    VM_PreparedCallDelete(prepared);

    prepared = prepare(context, "swap", "(iIv)vIi");
    values[0].i32 = -1;
    values[1].i64 = INT64_MIN;
    memset(&values[2], 77, sizeof values[2]);
    CHECK_OK(VM_PreparedCallRun(prepared, values, &error));
    CHECK(values[0].v128[0] == 77 && values[0].v128[15] == 77 && values[1].i64 == INT64_MIN && values[2].i32 == -1);
    VM_PreparedCallDelete(prepared);

    prepared = prepare(context, "constant", "()iI");
    CHECK_OK(VM_PreparedCallRun(prepared, values, &error));
    CHECK(values[0].i32 == 3 && values[1].i64 == -4);
    CHECK_STATUS(VM_PreparedCallRun(prepared, (VM_RawValue *)((char *)values + 4), &error), VM_STATUS_INVALID_ARGUMENT,
                 "values is not aligned to 8 bytes");
    VM_PreparedCallDelete(prepared);
    int before = calls;
    prepared = prepare(context, "none", "()");
    CHECK_OK(VM_PreparedCallRun(prepared, NULL, &error));
    CHECK_INT(calls, before + 1);
    VM_PreparedCallDelete(prepared);

    prepared = prepare(context, "fail", "(i)i");
    values[0].i32 = 0;
    CHECK_STATUS(VM_PreparedCallRun(prepared, values, &error), VM_STATUS_IO, "host function `raw.fail` failed: the disk is full");
    VM_PreparedCallDelete(prepared);
}

static void wrong(VM_Context *context)
{
    VM_PreparedCall *prepared = NULL;
    VM_Func divide = find(context, "divide"), object = find(context, "object"), zero = { 0, 0, 0 };
    CHECK_STATUS(VM_PreparedCallCreate(context, divide, "(iI)i", &prepared, &error), VM_STATUS_WRONG_TYPE,
                 "the function is (i32, i32) -> (i32), but the call is prepared for (i32, i64) -> (i32)");
    CHECK_STATUS(VM_PreparedCallCreate(context, divide, "(i", &prepared, &error), VM_STATUS_BAD_SIGNATURE, NULL);
    CHECK_STATUS(VM_PreparedCallCreate(context, object, "(r)i", &prepared, &error), VM_STATUS_INVALID_ARGUMENT,
                 "calls of the type (externref) -> (i32) cannot be prepared: raw values are numbers");
    CHECK_STATUS(VM_PreparedCallCreate(context, divide, "(<~)i", &prepared, &error), VM_STATUS_INVALID_ARGUMENT, "guest memory");
    CHECK_STATUS(VM_PreparedCallCreate(context, zero, "()", &prepared, &error), VM_STATUS_NULL_ARGUMENT, NULL);
    VM_Context *other = with_guest(NULL);
    CHECK_STATUS(VM_PreparedCallCreate(other, divide, "(ii)i", &prepared, &error), VM_STATUS_WRONG_CONTEXT, NULL);
    VM_ContextDelete(other);
    CHECK(prepared == NULL);
}

static void watched(void)
{
    VM_ContextConfig *config = NULL;
    VM_Statistics statistics = VM_STATISTICS_INIT;
    NEED(VM_ContextConfigCreate(&config, &error));
    NEED(VM_ContextConfigSetStatistics(config, true, &error));
    VM_Context *context = with_guest(config);
    VM_ContextConfigDelete(config);
    numbers(context);
    CHECK_OK(VM_ContextGetStatistics(context, &statistics, &error));
    CHECK_INT(statistics.guest_calls, 105);
    CHECK_INT(statistics.traps, 2);
    VM_ContextDelete(context);
}

static VM_PreparedCall *shared;

static VM_Status VM_CALL use_inside(void *user, VM_Caller *caller, VM_RawValue *values)
{
    VM_RawValue inner[2];
    (void)user;
    (void)caller;
    (void)values;
    CHECK_STATUS(VM_PreparedCallRun(shared, inner, &error), VM_STATUS_REENTRANT, "a callback of the context cannot use the context");
    forget_error();
    return VM_STATUS_OK;
}

static void *delete_it(void *prepared)
{
    VM_PreparedCallDelete(prepared);
    return NULL;
}

static void life_time(void)
{
    VM_RawValue values[2];
    VM_Context *context = with_guest(NULL);
    VM_PreparedCall *prepared = prepare(context, "divide", "(ii)i"), *second = prepare(context, "constant", "()iI");
    pthread_t thread;

    /* It holds the function, as a reference does. */
    CHECK_OK(VM_ContextRemoveInstance(context, latest(context), &error));
    CHECK_OK(VM_PreparedCallRun(second, values, &error));
    CHECK_INT(values[0].i32, 3);

    CHECK_OK(VM_ContextReset(context, &error));
    CHECK_STATUS(VM_PreparedCallRun(prepared, values, &error), VM_STATUS_STALE, "the handle is stale");
    instantiate(engine, context, GUEST("raw"));
    CHECK_STATUS(VM_PreparedCallRun(prepared, values, &error), VM_STATUS_STALE, NULL);
    VM_PreparedCallDelete(prepared);
    prepared = prepare(context, "divide", "(ii)i");
    values[0].i32 = 9;
    values[1].i32 = 3;
    CHECK_OK(VM_PreparedCallRun(prepared, values, &error));
    CHECK_INT(values[0].i32, 3);
    CHECK_INT(pthread_create(&thread, NULL, delete_it, second), 0);
    CHECK_INT(pthread_join(thread, NULL), 0);
    CHECK_INT(run(context, "divide", VALUES(VM_ValueI32(8), VM_ValueI32(2))), 4);

    VM_ContextDelete(context);
    CHECK_STATUS(VM_PreparedCallRun(prepared, values, &error), VM_STATUS_STALE, "the prepared call is stale: its context was deleted");
    VM_PreparedCallDelete(prepared);
}

static void inside(void)
{
    VM_HostModule *own = new_host("own");
    VM_Context *context = with_guest(NULL);
    VM_Func func;
    shared = prepare(context, "divide", "(ii)i");
    NEED(VM_HostModuleAddFunctionRaw(own, "f", "()", use_inside, NULL, NULL, &error));
    NEED(VM_ContextRegisterModule(context, own, &error));
    instantiate(engine, context, GUEST("raw_inside"));
    NEED(VM_InstanceFindFunction(context, latest(context), "run", &func, &error));
    CHECK_OK(VM_FuncCall(context, func, NO_VALUES, NO_VALUES, &error));
    VM_PreparedCallDelete(shared);
    VM_HostModuleDelete(own);
    VM_ContextDelete(context);
}

int main(void)
{
    engine = new_engine();
    host = raw_host(&calls);
    VM_Context *context = with_guest(NULL);
    numbers(context);
    wrong(context);
    watched();
    life_time();
    inside();
    VM_ContextDelete(context);
    VM_EngineDelete(engine);

    engine = new_engine_with(true, false);
    context = with_guest(NULL);
    numbers(context);
    VM_ContextDelete(context);
    VM_HostModuleDelete(host);
    VM_EngineDelete(engine);
    return finish();
}
