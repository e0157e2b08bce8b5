/* Compiled guests without signal handlers: every trap is the same, and what the process has for signals stays as it is. */
#define _XOPEN_SOURCE 700
#include "machine.h"
#include <signal.h>
#include <unistd.h>

static const int SIGNALS[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE };

static void unexpected(int signal)
{
    (void)signal;
    _exit(99);
}

/* Whether the process still has the handlers of this test. */
static bool has_own_handlers(void)
{
    bool all = true;
    for (size_t i = 0; i < sizeof SIGNALS / sizeof *SIGNALS; i++) {
        struct sigaction found;
        SURE(sigaction(SIGNALS[i], NULL, &found) == 0);
        all = all && found.sa_handler == unexpected;
    }
    return all;
}

static VM_Status fail(void *user, VM_Caller *caller, const VM_Value *arguments, VM_Value *results)
{
    (void)user, (void)arguments, (void)results;
    return VM_CallerTrap(caller, "the host has failed");
}

static VM_Context *context_of(VM_Engine *engine)
{
    VM_HostModule *host = new_host("host");
    VM_Context *context = new_context(engine);
    NEED(VM_HostModuleAddFunction(host, "fail", "()", fail, NULL, NULL, &error));
    NEED(VM_ContextRegisterModule(context, host, &error));
    VM_HostModuleDelete(host);
    instantiate(engine, context, GUEST("traps"));
    return context;
}

static void traps(VM_Engine *engine)
{
    static const struct { const char *name; int32_t code; } all[] = {
        { "unreachable", VM_TRAP_UNREACHABLE },        { "load", VM_TRAP_MEMORY_OUT_OF_BOUNDS },
        { "store", VM_TRAP_MEMORY_OUT_OF_BOUNDS },     { "fill", VM_TRAP_MEMORY_OUT_OF_BOUNDS },
        { "init", VM_TRAP_MEMORY_OUT_OF_BOUNDS },      { "get", VM_TRAP_TABLE_OUT_OF_BOUNDS },
        { "set", VM_TRAP_TABLE_OUT_OF_BOUNDS },        { "elements", VM_TRAP_TABLE_OUT_OF_BOUNDS },
        { "call", VM_TRAP_TABLE_OUT_OF_BOUNDS },       { "call_null", VM_TRAP_INDIRECT_CALL_TO_NULL },
        { "call_other", VM_TRAP_BAD_SIGNATURE },       { "divide", VM_TRAP_DIVISION_BY_ZERO },
        { "remainder", VM_TRAP_DIVISION_BY_ZERO },     { "overflow", VM_TRAP_INTEGER_OVERFLOW },
        { "truncate", VM_TRAP_INTEGER_OVERFLOW },      { "nan", VM_TRAP_BAD_CONVERSION },
        { "recurse", VM_TRAP_STACK_OVERFLOW },         { "host", VM_TRAP_HOST_FUNCTION },
    };
    VM_Context *context = context_of(engine);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        CHECK_STATUS(VM_ContextExecute(context, latest(context), all[i].name, NO_VALUES, NULL, 0, &error), VM_STATUS_TRAP, NULL);
        CHECK_INT(VM_ErrorGetTrapCode(error), all[i].code);
        CHECK_INT(run(context, "alive", NO_VALUES), 1);
    }
    VM_ContextDelete(context);
}

static VM_Engine *without_handlers(VM_Tier tier, bool interruptible)
{
    VM_EngineConfig *config = config_of(tier, "code");
    NEED(VM_EngineConfigSetSignalHandlers(config, false, &error));
    NEED(VM_EngineConfigSetInterruptible(config, interruptible, &error));
    return engine_of(config);
}

int main(void)
{
    make_scratch();
    VM_Engine *engine = without_handlers(VM_TIER_INTERPRETER, false);
    traps(engine);
    VM_EngineDelete(engine);
    for (size_t i = 0; i < sizeof SIGNALS / sizeof *SIGNALS; i++)
        signal(SIGNALS[i], unexpected);
    engine = NULL;
    VM_EngineConfig *config = config_of(VM_TIER_COMPILED, NULL);
    NEED(VM_EngineConfigSetSignalHandlers(config, false, &error));
    VM_Status possible = VM_EngineCreate(config, &engine, NULL);
    VM_EngineConfigDelete(config);
    VM_EngineDelete(engine);
    if (possible != VM_STATUS_OK) {
        printf("skipped: guests cannot be compiled here\n");
        return finish();
    }
    for (int i = 0; i < 2; i++) {
        engine = without_handlers(VM_TIER_COMPILED, i);
        traps(engine);
        VM_EngineDelete(engine);
    }
    engine = without_handlers(VM_TIER_AUTO, false); /* its code is in the cache */
    traps(engine);
    CHECK_INT(done_by(engine).cache_hits, 1);
    VM_EngineDelete(engine);
    CHECK(has_own_handlers());
    /* Both kinds of engines in a process. */
    engine = without_handlers(VM_TIER_COMPILED, false);
    VM_Engine *other = engine_of(config_of(VM_TIER_COMPILED, "code"));
    CHECK(!has_own_handlers());
    traps(other);
    CHECK_INT(done_by(other).cache_hits, 0);
    traps(engine);
    VM_EngineDelete(engine);
    VM_EngineDelete(other);
    return finish();
}
