/* Tiers: which are possible, who decides, and what each refusal says. Where guests cannot be compiled, the two other tiers are refused. */
#define _XOPEN_SOURCE 700
#include "test.h"

static VM_EngineConfig *new_config(void)
{
    VM_EngineConfig *config = NULL;
    NEED(VM_EngineConfigCreate(&config, &error));
    return config;
}

/* Creates an engine, which may be impossible in this build. */
static bool makes(VM_EngineConfig *config, const char *tier)
{
    VM_Engine *engine = NULL;
    forget_error();
    VM_Status status = VM_EngineCreate(config, &engine, &error);
    if (status) {
        CHECK_INT(status, VM_STATUS_UNSUPPORTED);
        CHECK(strstr(VM_ErrorGetMessage(error), tier) != NULL);
        CHECK(strstr(VM_ErrorGetMessage(error), " is not possible: ") != NULL);
        CHECK(engine == NULL);
        return false;
    }
    VM_Context *context = new_context(engine);
    instantiate(engine, context, GUEST("deep"));
    CHECK_INT(run(context, "wide", VALUES(VM_ValueI32(5))), 5);
    VM_ContextDelete(context);
    VM_EngineDelete(engine);
    return true;
}

static void of_host(void)
{
    VM_EngineConfig *config = new_config();
    CHECK(makes(config, "none"));
    CHECK_STATUS(VM_EngineConfigSetTier(config, 3, &error), VM_STATUS_INVALID_ARGUMENT, "3 is not a tier; see VM_TIER_*");
    CHECK_STATUS(VM_EngineConfigSetTier(config, -1, &error), VM_STATUS_INVALID_ARGUMENT, "-1 is not a tier");
    CHECK_OK(VM_EngineConfigSetTier(config, VM_TIER_COMPILED, &error));
    bool compiles = makes(config, "an engine of VM_TIER_COMPILED is not possible: ");
    CHECK_OK(VM_EngineConfigSetTier(config, VM_TIER_AUTO, &error));
    CHECK(makes(config, "an engine of VM_TIER_AUTO is not possible: ") == compiles);
    CHECK_OK(VM_EngineConfigSetTier(config, VM_TIER_INTERPRETER, &error));
    CHECK(makes(config, "none"));
    VM_EngineConfigDelete(config);
}

/* Fuel is not the same in both kinds of code, so that it must not change on the way. */
static void with_fuel(void)
{
    VM_EngineConfig *config = new_config();
    VM_Engine *engine = NULL;
    CHECK_OK(VM_EngineConfigSetTier(config, VM_TIER_AUTO, &error));
    CHECK_OK(VM_EngineConfigSetFuelMetering(config, true, &error));
    CHECK_STATUS(VM_EngineCreate(config, &engine, &error), VM_STATUS_INVALID_ARGUMENT,
                 "an engine of VM_TIER_AUTO is not possible: fuel needs an engine that always runs the same code");
    CHECK(engine == NULL);
    VM_EngineConfigDelete(config);
}

/* The environment decides for hosts that say nothing. */
static void of_environment(void)
{
    VM_EngineConfig *silent = new_config(), *says = new_config();
    VM_Engine *engine = NULL;
    CHECK_OK(VM_EngineConfigSetTier(says, VM_TIER_INTERPRETER, &error));
    CHECK(setenv("LIBVM_TIER", "interpreter", 1) == 0);
    CHECK(makes(NULL, "none") && makes(silent, "none"));
    CHECK(setenv("LIBVM_TIER", "compiled", 1) == 0);
    bool compiles = makes(silent, "VM_TIER_COMPILED (chosen by the environment variable LIBVM_TIER) is not possible: ");
    CHECK(makes(NULL, "VM_TIER_COMPILED (chosen by the environment variable LIBVM_TIER)") == compiles);
    CHECK(makes(says, "none"));
    CHECK(setenv("LIBVM_TIER", "auto", 1) == 0);
    CHECK(makes(silent, "VM_TIER_AUTO (chosen by the environment variable LIBVM_TIER) is not possible: ") == compiles);
    CHECK_OK(VM_EngineConfigSetFuelMetering(silent, true, &error));
    CHECK_STATUS(VM_EngineCreate(silent, &engine, &error), VM_STATUS_INVALID_ARGUMENT,
                 "VM_TIER_AUTO (chosen by the environment variable LIBVM_TIER) is not possible: fuel needs");
    CHECK(setenv("LIBVM_TIER", "fast\x1b[1m", 1) == 0);
    CHECK_STATUS(VM_EngineCreate(NULL, &engine, &error), VM_STATUS_INVALID_ARGUMENT,
                 "the environment variable LIBVM_TIER is \"fast\\u{1b}[1m\"; set it to interpreter, compiled or auto");
    CHECK(makes(says, "none"));
    CHECK(setenv("LIBVM_TIER", "", 1) == 0);
    CHECK(makes(NULL, "none"));
    CHECK(unsetenv("LIBVM_TIER") == 0);
    VM_EngineConfigDelete(silent);
    VM_EngineConfigDelete(says);
}

/* Statistics of an engine that compiles nothing, and of its cache, which is then not even created. */
static void without_compiling(void)
{
    VM_EngineConfig *config = new_config();
    VM_Engine *engine = NULL;
    VM_EngineStatistics statistics = VM_ENGINESTATISTICS_INIT;
    VM_Tier tier = VM_TIER_AUTO;
    CHECK_OK(VM_EngineConfigSetTier(config, VM_TIER_INTERPRETER, &error));
    CHECK_OK(VM_EngineConfigSetCacheDirectory(config, "no/such/directory", &error));
    CHECK_OK(VM_EngineConfigSetCacheSize(config, 0, &error));
    NEED(VM_EngineCreate(config, &engine, &error));
    CHECK_OK(VM_EngineConfigSetCacheDirectory(config, "", &error));
    CHECK_OK(VM_EngineConfigSetCacheDirectory(config, NULL, &error));
    VM_Context *context = new_context(engine);
    instantiate(engine, context, GUEST("deep"));
    CHECK_OK(VM_ContextGetTier(context, &tier, &error));
    CHECK_INT(tier, VM_TIER_INTERPRETER);
    CHECK_OK(VM_EngineGetStatistics(engine, &statistics, &error));
    CHECK_INT(statistics.size, sizeof statistics);
    CHECK_INT(statistics.compilations + statistics.compile_nanoseconds, 0);
    CHECK_INT(statistics.cache_hits + statistics.cache_misses + statistics.cache_stored + statistics.cache_bytes, 0);
    statistics.size = 8;
    CHECK_STATUS(VM_EngineGetStatistics(engine, &statistics, &error), VM_STATUS_INVALID_ARGUMENT, "VM_ENGINESTATISTICS_INIT");
    VM_ContextDelete(context);
    VM_EngineDelete(engine);
    VM_EngineConfigDelete(config);
}

int main(void)
{
    const char *before = getenv("LIBVM_TIER");
    char *kept = before ? strdup(before) : NULL;
    CHECK(unsetenv("LIBVM_TIER") == 0);
    of_host();
    with_fuel();
    of_environment();
    without_compiling();
    if (kept)
        CHECK(setenv("LIBVM_TIER", kept, 1) == 0);
    free(kept);
    return finish();
}
