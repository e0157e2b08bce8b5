/* Guests that are interrupted anywhere, by other threads and by limits of time, and end at the same instruction when they are replayed. */
#include "recorded.h"
#include <pthread.h>

enum { ROUNDS = 12, COUNT = 300000 };

static atomic_int calls;

/* What interrupts the recorded calls; a replay has none of it. */
static bool is_recorded;

static VM_Engine *metered_engine(const VM_Tier *tier)
{
    VM_EngineConfig *config = NULL;
    VM_Engine *engine = NULL;
    NEED(VM_EngineConfigCreate(&config, &error));
    NEED(VM_EngineConfigSetInterruptible(config, true, &error));
    NEED(VM_EngineConfigSetFuelMetering(config, true, &error));
    if (tier)
        NEED(VM_EngineConfigSetTier(config, *tier, &error));
    NEED(VM_EngineCreate(config, &engine, &error));
    VM_EngineConfigDelete(config);
    return engine;
}

/* Calls the guest, which ends with a failure; with an even argument it keeps that for itself. */
static VM_Status VM_CALL nest(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    VM_Status status;
    (void)user;
    calls++;
    status = VM_CallerCall(caller, "count", VALUES(VM_ValueI32(1000)), results, 1);
    if (status == VM_STATUS_OK)
        status = VM_CallerCall(caller, "spin", args, 1, results, 1);
    results[0] = VM_ValueI32(status);
    return args[0].of.i32 % 2 ? status : VM_STATUS_OK;
}

static VM_Context *make(VM_Engine *engine)
{
    VM_Context *context = new_context(engine);
    VM_HostModule *host = new_host("host");
    NEED(VM_HostModuleAddFunction(host, "nest", "(i)i", nest, NULL, NULL, &error));
    NEED(VM_HostModuleAddFunction(host, "apart", "(i)i", nest, NULL, NULL, &error));
    NEED(VM_HostModuleSetFunctionFlags(host, "apart", VM_FUNCTION_THREAD_STACK, &error));
    NEED(VM_ContextRegisterModule(context, host, &error));
    VM_HostModuleDelete(host);
    return context;
}

/* Cancels an execution after some microseconds. */
typedef struct Canceller {
    uint64_t id;
    long delay_us;
    bool runs;
    pthread_t thread;
} Canceller;

static void *cancel(void *user)
{
    const Canceller *of = user;
    struct timespec delay = { 0, of->delay_us * 1000 };
    nanosleep(&delay, NULL);
    VM_Cancel(of->id, NULL);
    return NULL;
}

/* Has the next execution end after a while, by what is said. */
static void interrupt(VM_Context *context, Canceller *canceller, VM_Status by, int round)
{
    canceller->delay_us = 200 + 397 * round;
    NEED(VM_ContextSetTimeout(context, by == VM_STATUS_TIMEOUT ? 1 + (uint64_t)round % 4 : 0, &error));
    if (by != VM_STATUS_CANCELLED)
        return;
    NEED(VM_ContextGetCancelId(context, &canceller->id, &error));
    /* A blocking call, and a started one, before it has begun; the others sooner or later. */
    if (round == 2 || round == 6)
        CHECK_OK(VM_Cancel(canceller->id, &error));
    else
        canceller->runs = pthread_create(&canceller->thread, NULL, cancel, canceller) == 0;
}

static void ends(VM_Context *context, const char *name, int round, VM_Status expected, bool is_started)
{
    VM_Value value = VM_ValueI32(round);
    VM_Execution *execution = NULL;
    Canceller canceller = { 0 };
    VM_Status status;
    if (is_recorded)
        interrupt(context, &canceller, expected, round);
    forget_error();
    if (is_started) {
        status = VM_ContextStart(context, latest(context), name, &value, 1, NULL, &execution, &error);
        if (status == VM_STATUS_OK)
            status = VM_ExecutionWait(execution, UINT64_MAX, &error);
        VM_ExecutionDelete(execution);
    } else {
        status = VM_ContextExecute(context, latest(context), name, &value, 1, &value, 1, &error);
    }
    CHECK_INT(status, expected);
    if (canceller.runs)
        pthread_join(canceller.thread, NULL);
}

/* Returns how far the guest has counted, which depends on when it was interrupted. */
static int32_t program(VM_Engine *engine, VM_Context *context)
{
    static const char *const names[] = { "spin", "nested", "apart" };
    VM_Value value = VM_ValueI32(COUNT);
    NEED(VM_ContextSetFuel(context, UINT64_MAX, &error));
    NEED(VM_ContextSetSlice(context, 300, &error));
    instantiate(engine, context, GUEST("record_ends"));
    for (int round = 0; round < ROUNDS; round++)
        for (int n = 0; n < 3; n++)
            ends(context, names[n], round, round / 2 % 2 ? VM_STATUS_CANCELLED : VM_STATUS_TIMEOUT, round / 4 % 2);
    if (is_recorded)
        NEED(VM_ContextSetTimeout(context, 0, &error));
    CHECK_OK(VM_ContextExecute(context, latest(context), "count", &value, 1, &value, 1, &error));
    CHECK(value.of.i32 >= COUNT && value.of.i32 <= COUNT + 2 * ROUNDS * 1000);
    return value.of.i32;
}

/* Engines count fuel in their own units. */
static void needs_the_same_tier(const Bytes *bytes)
{
    static const VM_Tier other = VM_TIER_INTERPRETER;
    VM_Engine *engine = metered_engine(&other);
    VM_Context *context = make(engine);
    VM_Value value = VM_ValueI32(0);
    CHECK_OK(VM_ContextReplayFromBuffer(context, bytes->data, bytes->size, &error));
    NEED(VM_ContextSetFuel(context, UINT64_MAX, &error));
    instantiate(engine, context, GUEST("record_ends"));
    CHECK_STATUS(VM_ContextExecute(context, latest(context), "spin", &value, 1, &value, 1, &error), VM_STATUS_UNSUPPORTED,
                 "and the same tier");
    VM_ContextDelete(context);
    VM_EngineDelete(engine);
}

/* What has run between two looks at the clock is in the memory and in the fuel. */
static void replays(VM_Engine *engine)
{
    VM_Context *context = make(engine), *again = make(engine);
    uint64_t fuel, fuel_again;
    Bytes bytes = { 0 };
    int32_t counted;
    int called;
    NEED(VM_ContextRecordToCallback(context, keep_bytes, &bytes, NULL, &error));
    is_recorded = true;
    counted = program(engine, context);
    CHECK_OK(VM_ContextStopRecording(context, &error));
    called = calls;
    CHECK(called > 0);
    is_recorded = false;
    CHECK_OK(VM_ContextReplayFromBuffer(again, bytes.data, bytes.size, &error));
    CHECK_INT(program(engine, again), counted);
    CHECK_OK(VM_ContextStopRecording(again, &error));
    CHECK_INT(calls, called);
    same_memory(context, again);
    NEED(VM_ContextGetFuel(context, &fuel, &error));
    NEED(VM_ContextGetFuel(again, &fuel_again, &error));
    CHECK(fuel == fuel_again);
    CHECK(fuel < UINT64_MAX - 2 * ROUNDS * 100000);
    if (is_compiled(context))
        needs_the_same_tier(&bytes);
    VM_ContextDelete(again);
    VM_ContextDelete(context);
    free(bytes.data);
}

int main(void)
{
    VM_Engine *engine = metered_engine(NULL);
    replays(engine);
    VM_EngineDelete(engine);
    return finish();
}
