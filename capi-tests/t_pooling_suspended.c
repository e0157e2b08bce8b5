/* Suspended calls in engines with a pool: each has a stack of the pool, which is free again however the call ends. */
#include "machine.h"
#include "executions.h"

enum { PLACES = 4 };

static VM_Module *module;

static VM_Engine *with_pool(VM_Tier tier)
{
    VM_EngineConfig *config = config_of(tier, "code");
    NEED(VM_EngineConfigSetPooling(config, PLACES, 0, &error));
    return engine_of(config);
}

static void begin(Sleeper *sleeper, int frames)
{
    make_sleeper(sleeper, module);
    start(sleeper, "deep", frames, NULL);
    CHECK_STATE(sleeper->execution, VM_EXECUTION_PENDING);
    CHECK_INT(sleeper->waits, 1);
}

static void end(Sleeper *sleeper)
{
    VM_ExecutionDelete(sleeper->execution);
    VM_ContextDelete(sleeper->context);
    CHECK_INT(sleeper->released, 1);
}

/* The ways in which a suspended call ends. */
static void return_to(Sleeper *sleeper, int frames)
{
    complete(sleeper, 7);
    CHECK_OK(VM_ExecutionPoll(sleeper->execution, &error));
    CHECK_STATE(sleeper->execution, VM_EXECUTION_DONE);
    CHECK_INT(result_of(sleeper->execution), 7 + frames);
    end(sleeper);
    CHECK_INT(sleeper->cancelled, 0);
}

static void cancel(Sleeper *sleeper, int frames)
{
    (void)frames;
    CHECK_OK(VM_ExecutionCancel(sleeper->execution, &error));
    CHECK_STATUS(VM_ExecutionPoll(sleeper->execution, &error), VM_STATUS_CANCELLED, "in `deep`: the execution was cancelled");
    CHECK_STATE(sleeper->execution, VM_EXECUTION_FAILED);
    end(sleeper);
    CHECK_INT(sleeper->cancelled, 1);
}

static void reset(Sleeper *sleeper, int frames)
{
    CHECK_OK(VM_ContextReset(sleeper->context, &error));
    NEED(VM_ContextInstantiate(sleeper->context, module, &sleeper->instance, &error));
    VM_ExecutionDelete(sleeper->execution);
    sleeper->released = 0;
    start(sleeper, "deep", frames, NULL);
    CHECK_INT(sleeper->waits, 2);
    complete(sleeper, 1);
    CHECK_OK(VM_ExecutionPoll(sleeper->execution, &error));
    CHECK_INT(result_of(sleeper->execution), 1 + frames);
    end(sleeper);
}

static void delete_context(Sleeper *sleeper, int frames)
{
    (void)frames;
    VM_ContextDelete(sleeper->context);
    CHECK_INT(sleeper->cancelled, 1);
    sleeper->context = NULL;
    end(sleeper);
}

static void stacks(VM_Tier tier)
{
    static void (*const ends[])(Sleeper *, int) = { return_to, cancel, reset, delete_context };
    Sleeper sleepers[PLACES], more;
    engine = with_pool(tier);
    module = load(engine, GUEST("executions"));
    for (int round = 0; round < 20; round++) {
        for (int i = 0; i < PLACES; i++)
            begin(&sleepers[i], 100 * i + round);
        if (tier == VM_TIER_COMPILED) {
            memset(&more, 0, sizeof more);
            more.context = new_sleeping_context(engine, NULL, &more);
            CHECK_STATUS(VM_ContextInstantiate(more.context, module, NULL, &error), VM_STATUS_LIMIT,
                         "the pool of the engine has 4 instances");
            VM_ContextDelete(more.context);
        }
        /* Each place ends in each way. */
        for (int i = 0; i < PLACES; i++)
            ends[(i + round) % 4](&sleepers[i], 100 * i + round);
    }
    VM_ModuleDelete(module);
    VM_EngineDelete(engine);
}

int main(void)
{
    make_scratch();
    make_host();
    stacks(VM_TIER_INTERPRETER);
    if (can_compile())
        stacks(VM_TIER_COMPILED);
    VM_HostModuleDelete(host);
    return finish();
}
