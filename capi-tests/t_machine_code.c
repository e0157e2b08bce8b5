/* Options of machine code: canonical NaNs, and what profilers are told. Each is refused where guests are interpreted. */
#include "plugin_files.h"
#include "raw.h"
#include <unistd.h>

static const VM_Tier TIERS[] = { VM_TIER_INTERPRETER, VM_TIER_COMPILED, VM_TIER_AUTO };

static VM_EngineConfig *config_of(VM_Tier tier)
{
    VM_EngineConfig *config = NULL;
    NEED(VM_EngineConfigCreate(&config, &error));
    NEED(VM_EngineConfigSetTier(config, tier, &error));
    return config;
}

/* Whether this build, with what is installed, has engines of the tier. */
static bool is_possible(VM_Tier tier)
{
    VM_EngineConfig *config = config_of(tier);
    VM_Engine *engine = NULL;
    bool made = VM_EngineCreate(config, &engine, NULL) == VM_STATUS_OK;
    VM_EngineDelete(engine);
    VM_EngineConfigDelete(config);
    return made;
}

static VM_Engine *engine_of(VM_EngineConfig *config)
{
    VM_Engine *engine = NULL;
    NEED(VM_EngineCreate(config, &engine, &error));
    VM_EngineConfigDelete(config);
    return engine;
}

static void is_refused(VM_EngineConfig *config, const char *message)
{
    VM_Engine *engine = NULL;
    CHECK_STATUS(VM_EngineCreate(config, &engine, &error), VM_STATUS_UNSUPPORTED, message);
    CHECK(engine == NULL);
    VM_EngineConfigDelete(config);
}

static void refused(void)
{
    for (int i = 0; i < 3; i += 2) {
        VM_EngineConfig *config = config_of(TIERS[i]);
        CHECK_OK(VM_EngineConfigSetCanonicalNaNs(config, true, &error));
        is_refused(config, "is not possible: interpreted code does not have canonical NaNs; turn them off");
    }
    VM_EngineConfig *config = config_of(VM_TIER_INTERPRETER);
    CHECK_STATUS(VM_EngineConfigSetProfiler(config, 77, &error), VM_STATUS_INVALID_ARGUMENT, "77 is not a profiler; see VM_PROFILER_*");
    CHECK_STATUS(VM_EngineConfigSetProfiler(config, -1, &error), VM_STATUS_INVALID_ARGUMENT, "-1 is not a profiler");
    CHECK_OK(VM_EngineConfigSetProfiler(config, VM_PROFILER_PERF_MAP, &error));
    is_refused(config, "is not possible: profilers see machine code only; set VM_PROFILER_NONE");
    config = config_of(VM_TIER_INTERPRETER);
    CHECK_OK(VM_EngineConfigSetProfiler(config, VM_PROFILER_PERF_MAP, &error));
    CHECK_OK(VM_EngineConfigSetProfiler(config, VM_PROFILER_NONE, &error));
    CHECK_OK(VM_EngineConfigSetCanonicalNaNs(config, true, &error));
    CHECK_OK(VM_EngineConfigSetCanonicalNaNs(config, false, &error));
    VM_EngineDelete(engine_of(config));
}

static VM_Context *with_guest(VM_Engine *engine, VM_HostModule *host)
{
    VM_Context *context = new_context(engine);
    NEED(VM_ContextRegisterModule(context, host, &error));
    instantiate(engine, context, GUEST("raw"));
    return context;
}

static void canonical_nans(VM_HostModule *host)
{
    const int64_t canonical = INT64_C(0x7ff8000000000000);
    const int64_t others[] = { INT64_C(0x7ff8000000000001), INT64_C(0x7ff0000000000001), -1, INT64_MIN | canonical };
    VM_EngineConfig *config = config_of(VM_TIER_COMPILED);
    VM_Value result;
    CHECK_OK(VM_EngineConfigSetCanonicalNaNs(config, true, &error));
    CHECK_OK(VM_EngineConfigSetCacheDirectory(config, "", &error));
    VM_Engine *engine = engine_of(config);
    VM_Context *context = with_guest(engine, host);
    CHECK_OK(VM_ContextExecute(context, latest(context), "nan", VALUES(VM_ValueF64(0)), &result, 1, &error));
    CHECK(result.of.i64 == canonical);
    for (int i = 0; i < 4; i++) {
        CHECK_OK(VM_ContextExecute(context, latest(context), "nan_sum", VALUES(VM_ValueI64(others[i])), &result, 1, &error));
        CHECK(result.of.i64 == canonical);
    }
    VM_ContextDelete(context);
    VM_EngineDelete(engine);
}

/* Whether the file in which `perf` looks has a function of this name. */
static bool is_mapped(const char *function)
{
    char path[64], line[512];
    bool found = false;
    snprintf(path, sizeof path, "/tmp/perf-%ld.map", (long)getpid());
    FILE *file = fopen(path, "r");
    while (file && fgets(line, sizeof line, file))
        found |= strstr(line, function) != NULL;
    if (file)
        fclose(file);
    return found;
}

static void perf_map(VM_HostModule *host)
{
    char path[64];
    VM_EngineConfig *config = config_of(VM_TIER_COMPILED);
    CHECK_OK(VM_EngineConfigSetCacheDirectory(config, "", &error));
    VM_Engine *engine = engine_of(config);
    VM_ContextDelete(with_guest(engine, host));
    VM_EngineDelete(engine);
    CHECK(!is_mapped("function[12]"));
    snprintf(path, sizeof path, "/tmp/perf-%ld.map", (long)getpid());
    remove(path);

    /* Everyone can know its name, and have made a link there. */
    CHECK_INT(symlink("/tmp/perf-libvm-nowhere", path), 0);
    config = config_of(VM_TIER_COMPILED);
    CHECK_OK(VM_EngineConfigSetProfiler(config, VM_PROFILER_PERF_MAP, &error));
    is_refused(config, "it is a symbolic link; remove it, or set VM_PROFILER_NONE");
    CHECK(access("/tmp/perf-libvm-nowhere", F_OK) != 0);
    remove(path);

    config = config_of(VM_TIER_COMPILED);
    CHECK_OK(VM_EngineConfigSetProfiler(config, VM_PROFILER_PERF_MAP, &error));
    CHECK_OK(VM_EngineConfigSetCacheDirectory(config, "", &error));
    engine = engine_of(config);
    VM_Context *context = with_guest(engine, host);
    CHECK_INT(run(context, "divide", VALUES(VM_ValueI32(8), VM_ValueI32(2))), 4);
    VM_ContextDelete(context);
    VM_EngineDelete(engine);
    CHECK(is_mapped("function[12]"));
    snprintf(path, sizeof path, "/tmp/perf-%ld.map", (long)getpid());
    remove(path);
}

/* Whether code of this process is mapped from a file that the cache has read. */
static bool is_code_in_a_file(void)
{
    char line[512];
    bool found = false;
    FILE *maps = fopen("/proc/self/maps", "r");
    while (maps && fgets(line, sizeof line, maps))
        found |= strstr(line, "libvm code") != NULL;
    if (maps)
        fclose(maps);
    return found;
}

/* `perf` looks for the names of code that is mapped from a file in that file alone. */
static void profiled_code_of_the_cache(VM_HostModule *host)
{
    char path[64];
    make_scratch();
    for (int turn = 0; turn < 4; turn++) {
        bool is_profiled = turn >= 2;
        VM_EngineConfig *config = config_of(VM_TIER_COMPILED);
        CHECK_OK(VM_EngineConfigSetCacheDirectory(config, in_scratch("code").text, &error));
        CHECK_OK(VM_EngineConfigSetProfiler(config, is_profiled ? VM_PROFILER_PERF_MAP : VM_PROFILER_NONE, &error));
        VM_Engine *engine = engine_of(config);
        VM_Context *context = with_guest(engine, host);
        VM_EngineStatistics done = { .size = sizeof done };
        CHECK_OK(VM_EngineGetStatistics(engine, &done, &error));
        CHECK_INT(done.cache_hits, turn % 2);
        CHECK_INT(is_code_in_a_file(), !is_profiled && turn % 2);
        CHECK_INT(run(context, "divide", VALUES(VM_ValueI32(8), VM_ValueI32(2))), 4);
        VM_ContextDelete(context);
        VM_EngineDelete(engine);
    }
    snprintf(path, sizeof path, "/tmp/perf-%ld.map", (long)getpid());
    remove(path);
}

int main(void)
{
    VM_HostModule *host = raw_host(NULL);
    refused();
    if (is_possible(VM_TIER_COMPILED)) {
        canonical_nans(host);
#ifndef _WIN32
        perf_map(host);
#endif
#ifdef __linux__
        profiled_code_of_the_cache(host);
#endif
    } else {
        printf("skipped: canonical NaNs and profilers, which need the compiled engine\n");
    }
    VM_HostModuleDelete(host);
    return finish();
}
