/* Compiled code is kept for later starts, and in files that hosts ship; what is not right is compiled again, or refused. */
#include "machine.h"

static VM_Module *module_of(VM_Engine *engine, const char *path)
{
    VM_Module *module = load(engine, path);
    VM_Context *context = new_context(engine);
    VM_Instance instance;
    NEED(VM_ContextInstantiate(context, module, &instance, &error));
    CHECK_INT(tier_of(context), VM_TIER_COMPILED);
    CHECK_INT(run(context, "wide", VALUES(VM_ValueI32(50))), 50);
    VM_ContextDelete(context);
    return module;
}

/* Starts as another program would, runs the guest, and compares what the engine has done. */
static void starts(VM_EngineConfig *config, uint64_t compiled, uint64_t hits, uint64_t refused, uint64_t stored)
{
    VM_Engine *engine = engine_of(config);
    VM_ModuleDelete(module_of(engine, GUEST("deep")));
    VM_EngineStatistics done = done_by(engine);
    CHECK_INT(done.compilations, compiled);
    CHECK((done.compile_nanoseconds > 0) == (compiled > 0));
    CHECK_INT(done.cache_hits, hits);
    CHECK_INT(done.cache_refused, refused);
    CHECK_INT(done.cache_stored, stored);
    CHECK_INT(done.cache_not_stored, 0);
    CHECK((done.cache_bytes > 0) == (hits + stored > 0));
    VM_EngineDelete(engine);
}

static void second_starts(void)
{
    starts(config_of(VM_TIER_COMPILED, "code"), 1, 0, 0, 1);
    starts(config_of(VM_TIER_COMPILED, "code"), 0, 1, 0, 0);
    damage(only_code("code").text);
    starts(config_of(VM_TIER_COMPILED, "code"), 1, 0, 1, 1);
    SURE(truncate(only_code("code").text, 5000) == 0);
    starts(config_of(VM_TIER_COMPILED, "code"), 1, 0, 1, 1);
    starts(config_of(VM_TIER_COMPILED, "code"), 0, 1, 0, 0);
    /* What decides whether a module is valid is a part of the key. */
    VM_EngineConfig *config = config_of(VM_TIER_COMPILED, "code");
    NEED(VM_EngineConfigSetProposal(config, VM_PROPOSAL_TAIL_CALL, false, &error));
    starts(config, 1, 0, 0, 1);
    /* Nothing is kept, or there is no room. */
    starts(config_of(VM_TIER_COMPILED, NULL), 1, 0, 0, 0);
    starts(config_of(VM_TIER_COMPILED, NULL), 1, 0, 0, 0);
    config = config_of(VM_TIER_COMPILED, "small");
    NEED(VM_EngineConfigSetCacheSize(config, 100, &error));
    VM_Engine *engine = engine_of(config);
    VM_ModuleDelete(module_of(engine, GUEST("deep")));
    CHECK_INT(done_by(engine).cache_not_stored, 1);
    VM_EngineDelete(engine);
}

/* A module that is not valid is refused, also if the code of a valid one is in the cache. */
static void invalid_modules(void)
{
    size_t size;
    uint8_t *bytes = read_file(GUEST("deep"), &size);
    VM_Engine *engine = engine_of(config_of(VM_TIER_COMPILED, "code"));
    VM_Module *module = NULL;
    bytes[size - 1] ^= 0xff;
    CHECK_STATUS(VM_ModuleLoadFromBuffer(engine, bytes, size / 2, &module, &error), VM_STATUS_BAD_MODULE, "the module is not valid");
    CHECK(module == NULL);
    CHECK_INT(done_by(engine).compilations, 0);
    VM_EngineDelete(engine);
    free(bytes);
}

/* The default is below the user's directory for caches; a directory that others can use is left alone, and everything runs without it. */
static void directories(void)
{
    struct stat found;
    VM_EngineConfig *config = config_of(VM_TIER_COMPILED, NULL);
    SURE(setenv("XDG_CACHE_HOME", in_scratch("user").text, 1) == 0);
    NEED(VM_EngineConfigSetCacheDirectory(config, NULL, &error));
    starts(config, 1, 0, 0, 1);
    SURE(stat(in_scratch("user/libvm/code").text, &found) == 0);
    CHECK_INT(found.st_mode & 0777, 0700);
    CHECK(access(only_code("user/libvm/code").text, F_OK) == 0);
    make_folder("open");
    SURE(chmod(in_scratch("open").text, 0755) == 0);
    starts(config_of(VM_TIER_COMPILED, "open"), 1, 0, 0, 0);
    CHECK(access(in_scratch("open/secret").text, F_OK) == -1);
}

static void ships(void)
{
    size_t size;
    uint8_t *bytes = read_file(GUEST("deep"), &size);
    Path file = in_scratch("deep.code"), nowhere = in_scratch("no/deep.code");
    VM_Engine *engine = engine_of(config_of(VM_TIER_COMPILED, NULL));
    VM_Module *module = module_of(engine, GUEST("deep"));
    CHECK_OK(VM_ModuleSaveCompiled(module, file.text, &error));
    CHECK_STATUS(VM_ModuleSaveCompiled(module, nowhere.text, &error), VM_STATUS_FILE_NOT_FOUND, "cannot write the compiled code ");
    CHECK_STATUS(VM_ModuleSaveCompiled(module, "", &error), VM_STATUS_INVALID_ARGUMENT, "the path of the compiled code is empty");
    VM_ModuleDelete(module);
    VM_EngineDelete(engine);
    /* Another program: it compiles nothing. */
    engine = engine_of(config_of(VM_TIER_AUTO, NULL));
    NEED(VM_ModuleLoadCompiled(engine, bytes, size, file.text, &module, &error));
    VM_Context *context = new_context(engine);
    VM_Instance instance;
    NEED(VM_ContextInstantiate(context, module, &instance, &error));
    CHECK_INT(tier_of(context), VM_TIER_COMPILED);
    CHECK_INT(run(context, "wide", VALUES(VM_ValueI32(50))), 50);
    CHECK_INT(done_by(engine).compilations, 0);
    VM_ContextDelete(context);
    CHECK_OK(VM_ModuleSaveCompiled(module, in_scratch("again.code").text, &error));
    VM_ModuleDelete(module);
    module = NULL;
    CHECK_STATUS(VM_ModuleLoadCompiled(engine, bytes, size - 1, file.text, &module, &error), VM_STATUS_INVALID_ARGUMENT,
                 "deep.code: it was compiled from another module, or with other ");
    CHECK_STATUS(VM_ModuleLoadCompiled(engine, bytes, size, nowhere.text, &module, &error), VM_STATUS_FILE_NOT_FOUND, nowhere.text);
    CHECK_STATUS(VM_ModuleLoadCompiled(engine, bytes, size, GUEST("deep"), &module, &error), VM_STATUS_BAD_MODULE,
                 "it does not contain compiled code; compile the module again (VM_ModuleSaveCompiled, libvm compile)");
    damage(file.text);
    CHECK_STATUS(VM_ModuleLoadCompiled(engine, bytes, size, file.text, &module, &error), VM_STATUS_BAD_MODULE, "it is damaged");
    VM_EngineDelete(engine);
    engine = engine_of(config_of(VM_TIER_INTERPRETER, NULL));
    CHECK_STATUS(VM_ModuleLoadCompiled(engine, bytes, size, file.text, &module, &error), VM_STATUS_UNSUPPORTED,
                 "the engine is one of VM_TIER_INTERPRETER, which has no machine code");
    CHECK(module == NULL);
    module = load(engine, GUEST("deep"));
    CHECK_STATUS(VM_ModuleSaveCompiled(module, file.text, &error), VM_STATUS_UNSUPPORTED, "use VM_TIER_COMPILED or VM_TIER_AUTO");
    VM_ModuleDelete(module);
    VM_EngineDelete(engine);
    free(bytes);
}

int main(void)
{
    make_scratch();
    if (can_compile()) {
        second_starts();
        invalid_modules();
        directories();
        ships();
    }
    return finish();
}
