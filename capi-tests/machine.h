/* For tests of engines that compile: configurations, engines and what they have done. Include it first. */
#ifndef MACHINE_H
#define MACHINE_H

#include "plugin_files.h"
#include <dirent.h>
#include <time.h>

/* A configuration with a tier, whose cache is in the scratch directory; NULL for no cache. */
static inline VM_EngineConfig *config_of(VM_Tier tier, const char *cache)
{
    VM_EngineConfig *config = NULL;
    NEED(VM_EngineConfigCreate(&config, &error));
    NEED(VM_EngineConfigSetTier(config, tier, &error));
    NEED(VM_EngineConfigSetCacheDirectory(config, cache ? in_scratch(cache).text : "", &error));
    return config;
}

/* The engine of a configuration, which is deleted. */
static inline VM_Engine *engine_of(VM_EngineConfig *config)
{
    VM_Engine *engine = NULL;
    NEED(VM_EngineCreate(config, &engine, &error));
    VM_EngineConfigDelete(config);
    return engine;
}

static inline VM_EngineStatistics done_by(VM_Engine *engine)
{
    VM_EngineStatistics statistics = VM_ENGINESTATISTICS_INIT;
    NEED(VM_EngineGetStatistics(engine, &statistics, &error));
    return statistics;
}

/* Whether guests can be compiled here; says why not. */
static inline bool can_compile(void)
{
    VM_EngineConfig *config = config_of(VM_TIER_COMPILED, NULL);
    VM_Engine *engine = NULL;
    forget_error();
    VM_Status status = VM_EngineCreate(config, &engine, &error);
    VM_EngineConfigDelete(config);
    VM_EngineDelete(engine);
    if (status == VM_STATUS_OK)
        return true;
    CHECK_INT(status, VM_STATUS_UNSUPPORTED);
    printf("skipped: %s\n", VM_ErrorGetMessage(error));
    return false;
}

/* Waits until new contexts of an engine of VM_TIER_AUTO run a module compiled. */
static inline void wait_for(VM_Engine *engine, VM_Module *module)
{
    struct timespec moment = { 0, 10000000 };
    VM_Tier tier = VM_TIER_INTERPRETER;
    for (int i = 0; i < 12000 && tier != VM_TIER_COMPILED; i++) {
        VM_Context *context = new_context(engine);
        NEED(VM_ContextInstantiate(context, module, NULL, &error));
        tier = tier_of(context);
        VM_ContextDelete(context);
        nanosleep(&moment, NULL);
    }
    CHECK_INT(tier, VM_TIER_COMPILED);
}

static inline uint8_t *put_size(uint8_t *at, size_t size)
{
    for (int shift = 0; shift < 28; shift += 7)
        *at++ = (uint8_t)(size >> shift & 0x7f) | (shift < 21 ? 0x80 : 0);
    return at;
}

/* A module with much to compile, `work`, which differs by a number below 64. */
static inline VM_Module *with_work(VM_Engine *engine, uint8_t number)
{
    enum { FUNCTIONS = 64, ROUNDS = 1500, ROUND = 7, BODY = 1 + ROUNDS * ROUND + 3 };
    static const uint8_t begin[] = { 0, 'a', 's', 'm', 1, 0, 0, 0, 1, 6, 1, 0x60, 1, 0x7f, 1, 0x7f, 3, FUNCTIONS + 1, FUNCTIONS };
    static const uint8_t exports[] = { 7, 8, 1, 4, 'w', 'o', 'r', 'k', 0, 0 };
    uint8_t *module = calloc(FUNCTIONS * (BODY + 4) + 200, 1), *at = module;
    VM_Module *made = NULL;
    SURE(module != NULL);
    memcpy(at, begin, sizeof begin);
    at += sizeof begin + FUNCTIONS;
    memcpy(at, exports, sizeof exports);
    at += sizeof exports;
    *at++ = 10;
    at = put_size(at, 1 + FUNCTIONS * (BODY + 4));
    *at++ = FUNCTIONS;
    for (int function = 0; function < FUNCTIONS; function++) {
        static const uint8_t end[] = { 0x20, 0, 0x0b };
        at = put_size(at, BODY) + 1;
        for (int round = 0; round < ROUNDS; round++) {
            /* local.get 0, i32.const, i32.mul or i32.xor, local.set 0 */
            const uint8_t one[ROUND] = { 0x20, 0, 0x41, number, round % 2 ? 0x6c : 0x73, 0x21, 0 };
            memcpy(at, one, ROUND);
            at += ROUND;
        }
        memcpy(at, end, sizeof end);
        at += sizeof end;
    }
    NEED(VM_ModuleLoadFromBuffer(engine, module, (size_t)(at - module), &made, &error));
    free(module);
    return made;
}

/* The path of the only file with code in a directory. */
static inline Path only_code(const char *folder)
{
    Path found = { "" };
    DIR *directory = opendir(in_scratch(folder).text);
    SURE(directory != NULL);
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        if (strstr(entry->d_name, ".code")) {
            CHECK_TEXT(found.text, "");
            found = join(in_scratch(folder).text, entry->d_name);
        }
    }
    closedir(directory);
    SURE(found.text[0] != '\0');
    return found;
}

/* Changes a byte in the middle of a file. */
static inline void damage(const char *path)
{
    FILE *file = fopen(path, "r+b");
    SURE(file && fseek(file, 0, SEEK_END) == 0);
    long middle = ftell(file) / 2;
    SURE(fseek(file, middle, SEEK_SET) == 0);
    int byte = fgetc(file);
    SURE(fseek(file, middle, SEEK_SET) == 0 && fputc(byte ^ 1, file) != EOF && fclose(file) == 0);
}

/*
 * A module of which the compiler takes only so much, and the interpreter all: `load` makes one with so many of what counts, whose `f`
 * returns 7. `refused` is what the compiler says of many; NULL where there is none.
 */
typedef VM_Status LoadWith(VM_Engine *engine, uint32_t count, VM_Module **module);

static inline void runs_f(VM_Engine *engine, VM_Module *module)
{
    VM_Context *context = new_context(engine);
    NEED(VM_ContextInstantiate(context, module, NULL, &error));
    CHECK_INT(run(context, "f", NO_VALUES), 7);
    VM_ContextDelete(context);
    VM_ModuleDelete(module);
    VM_EngineDelete(engine);
}

static inline void compiled_with_few(LoadWith *load, uint32_t few, uint32_t many, const char *refused)
{
    VM_Module *module = NULL;
    VM_Engine *engine = engine_of(config_of(VM_TIER_INTERPRETER, NULL));
    CHECK_INT(load(engine, many, &module), VM_STATUS_OK);
    runs_f(engine, module);
    if (!refused)
        return;
    engine = engine_of(config_of(VM_TIER_COMPILED, NULL));
    CHECK_INT(load(engine, few, &module), VM_STATUS_OK);
    runs_f(engine, module);
    engine = engine_of(config_of(VM_TIER_COMPILED, NULL));
    module = NULL;
    CHECK_STATUS(load(engine, many, &module), VM_STATUS_LIMIT, refused);
    CHECK(module == NULL);
    VM_EngineDelete(engine);
    engine = engine_of(config_of(VM_TIER_AUTO, NULL));
    CHECK_INT(load(engine, many, &module), VM_STATUS_OK);
    CHECK_STATUS(VM_ModuleSaveCompiled(module, in_scratch("code").text, &error), VM_STATUS_LIMIT, refused);
    runs_f(engine, module);
}

#endif
