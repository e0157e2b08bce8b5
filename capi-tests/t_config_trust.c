/* Configuration files: state file, lock file, keys, and the path check of the file itself. */
#include "keeper.h"
#include "config_files.h"

static void state_file(void)
{
    VM_Engine *engine = new_engine();
    VM_Config *config = load_config("state.toml", "state-file = 'state.db'\n");
    int round;
    for (round = 1; round <= 2; round++) {
        VM_PluginRegistry *registry = keeper_registry();
        VM_Context *desk;
        CHECK_OK(VM_ConfigApplyToPluginRegistry(config, registry, NULL, &error));
        CHECK_OK(VM_ConfigApplyToPluginRegistry(config, registry, NULL, &error)); /* the same file again */
        desk = keeper_context(engine, registry, "desk");
        CHECK_INT(next(desk), round);
        VM_ContextDelete(desk);
        VM_PluginRegistryDelete(registry);
    }
    CHECK(access(in_scratch("state.db").text, F_OK) == 0);
    VM_ConfigDelete(config);
    VM_EngineDelete(engine);
}

static void lock_file(void)
{
    VM_PluginRegistry *registry = new_registry();
    make_folder("locked");
    copy_plugin("logged", "locked/2-a.so", "a", NULL);
    copy_plugin("logged", "locked/1-b.so", "b", NULL);
    NEED(VM_PluginLoadFromPath(registry, in_scratch("locked/2-a.so").text, NULL, &error));
    NEED(VM_PluginLoadFromPath(registry, in_scratch("locked/1-b.so").text, NULL, &error));
    NEED(VM_PluginRegistryWriteLock(registry, in_scratch("libvm.lock").text, &error));
    VM_PluginRegistryDelete(registry);

    registry = configured("lock.toml", "plugin-directory = 'locked'\nplugins.lock = 'libvm.lock'\n");
    CHECK_OK(VM_PluginLoadWithDefaultPaths(registry, NULL, &error));
    check_order(registry, "a b");
    VM_PluginRegistryDelete(registry);
    copy_plugin("template", "locked/3-c.so", "c", NULL);
    registry = configured("lock.toml", "plugin-directory = 'locked'\nplugins.lock = 'libvm.lock'\n");
    CHECK_STATUS(VM_PluginLoadWithDefaultPaths(registry, NULL, &error), VM_STATUS_PLUGIN_NOT_ALLOWED, "not in the lock file");
    CHECK(!has_marks());
    VM_PluginRegistryDelete(registry);
}

static void keys(void)
{
    VM_PluginRegistry *registry =
        configured("keys.toml", "plugins.keys = ['d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a']\n");
    CHECK_STATUS(VM_PluginLoadFromPath(registry, plugin_file("template").text, NULL, &error), VM_STATUS_PLUGIN_SIGNATURE, "template.so");
    CHECK(!has_marks());
    VM_PluginRegistryDelete(registry);
}

/* The configuration is refused with this status, and was not applied: denied plug-ins can be loaded. */
static void check_nothing_changed(VM_Config *config, VM_PluginRegistry *registry, VM_Status status, const char *message)
{
    CHECK_STATUS(VM_ConfigApplyToPluginRegistry(config, registry, NULL, &error), status, message);
    CHECK_OK(VM_PluginLoadWithDefaultPaths(registry, NULL, &error));
    check_order(registry, "");
    CHECK_OK(VM_PluginLoadFromPath(registry, in_scratch("locked/2-a.so").text, NULL, &error));
    check_order(registry, "a");
    VM_ConfigDelete(config);
    VM_PluginRegistryDelete(registry);
}

#define ALL "plugin-directory = 'locked'\nstate-file = 'missing/state.db'\n[plugins]\ndeny = ['a']\n"

static void all_or_nothing(void)
{
    VM_Config *config = load_config("all.toml", ALL "lock = 'missing.lock'\n");
    check_nothing_changed(config, new_registry(), VM_STATUS_FILE_NOT_FOUND, "missing.lock");
    config = load_config("all.toml", ALL "lock = 'libvm.lock'\n");
    check_nothing_changed(config, new_registry(), VM_STATUS_FILE_NOT_FOUND, "missing/state.db");
}

/* A configuration decides which code runs: one that everyone can write is refused. */
static void world_writable(void)
{
    VM_PluginRegistry *registry = new_registry();
    VM_ContextConfig *context_config = NULL;
    VM_Config *config = NULL;
    Path path = in_scratch("open.toml");
    VM_ConfigDelete(load_config("open.toml", "plugin-directory = 'locked'\nplugins.deny = ['a']\n"));
    SURE(chmod(path.text, 0666) == 0);
    NEED(VM_ConfigLoadFromFile(path.text, &config, &error));
    NEED(VM_ContextConfigCreate(&context_config, &error));
    CHECK_OK(VM_ConfigApplyToContextConfig(config, context_config, &error));
    CHECK_STATUS(VM_ConfigApplyToPluginRegistry(config, registry, NULL, &error), VM_STATUS_UNTRUSTED_PATH, "chmod go-w ");
    CHECK_STATUS(VM_ConfigApplyToPluginRegistry(config, registry, NULL, &error), VM_STATUS_UNTRUSTED_PATH, "the configuration /");
    VM_ContextConfigDelete(context_config);
    check_nothing_changed(config, registry, VM_STATUS_UNTRUSTED_PATH, "open.toml");

    registry = new_registry();
    NEED(VM_ConfigLoadFromFile(path.text, &config, &error));
    CHECK_OK(VM_PluginRegistrySetFileChecks(registry, false, &error));
    CHECK_OK(VM_ConfigApplyToPluginRegistry(config, registry, NULL, &error));
    VM_ConfigDelete(config);
    VM_PluginRegistryDelete(registry);
}

/* Nor does such a file choose where machine code is loaded from. */
static void machine_code(void)
{
    VM_Config *config = load_config("code.toml", "[engine]\ntier = 'interpreter'\ncache-directory = 'code'\ncache-bytes = 4096\n");
    VM_EngineConfig *engine_config = NULL;
    VM_Engine *engine = NULL;
    NEED(VM_EngineConfigCreate(&engine_config, &error));
    CHECK_OK(VM_ConfigApplyToEngineConfig(config, engine_config, &error));
    CHECK_OK(VM_EngineCreate(engine_config, &engine, &error));
    VM_EngineDelete(engine);
    VM_ConfigDelete(config);
    SURE(chmod(in_scratch("code.toml").text, 0666) == 0);
    NEED(VM_ConfigLoadFromFile(in_scratch("code.toml").text, &config, &error));
    CHECK_STATUS(VM_ConfigApplyToEngineConfig(config, engine_config, &error), VM_STATUS_UNTRUSTED_PATH, "`cache-directory` in /");
    VM_ConfigDelete(config);

    /* Nor whether files are written. */
    VM_ConfigDelete(load_config("profiled.toml", "engine.profiler = 'perf-map'\n"));
    SURE(chmod(in_scratch("profiled.toml").text, 0666) == 0);
    NEED(VM_ConfigLoadFromFile(in_scratch("profiled.toml").text, &config, &error));
    CHECK_STATUS(VM_ConfigApplyToEngineConfig(config, engine_config, &error), VM_STATUS_UNTRUSTED_PATH, "`profiler` in /");
    VM_ConfigDelete(config);
    config = load_config("handlers.toml", "[engine]\npool-instances = 4\npool-memory-bytes = 65536\ncanonical-nans = true\nsignal-handlers = false\n");
    CHECK_OK(VM_ConfigApplyToEngineConfig(config, engine_config, &error));
    CHECK_STATUS(VM_EngineCreate(engine_config, &engine, &error), VM_STATUS_UNSUPPORTED, "interpreted code does not have canonical NaNs");
    VM_ConfigDelete(config);
    config = load_config("nans.toml", "engine.canonical-nans = false\n");
    CHECK_OK(VM_ConfigApplyToEngineConfig(config, engine_config, &error));
    CHECK_OK(VM_EngineCreate(engine_config, &engine, &error));
    VM_EngineDelete(engine);
    VM_ConfigDelete(config);

    /* The tier of the file is that of the engine, as far as it is possible here: fuel and VM_TIER_AUTO never go together. */
    config = load_config("auto.toml", "engine.tier = 'auto'\n");
    CHECK_OK(VM_EngineConfigSetFuelMetering(engine_config, true, &error));
    CHECK_OK(VM_ConfigApplyToEngineConfig(config, engine_config, &error));
    CHECK_STATUS(VM_EngineCreate(engine_config, &engine, &error), VM_STATUS_INVALID_ARGUMENT, "an engine of VM_TIER_AUTO is not possible");
    VM_ConfigDelete(config);
    VM_EngineConfigDelete(engine_config);
}

int main(void)
{
    make_scratch();
    state_file();
    lock_file();
    keys();
    all_or_nothing();
    world_writable();
    machine_code();
    return finish();
}
