/* VM_ContextReset: nothing of one tenant reaches the next, also through plug-ins and WASI; the host's grants remain. */
#include "wasi.h"
#include <dirent.h>

static VM_Engine *engine;

static VM_PluginRegistry *registry_with(const char *name)
{
    VM_PluginRegistry *registry = new_registry();
    NEED(VM_PluginLoadFromPath(registry, plugin_file(name).text, NULL, &error));
    return registry;
}

static VM_Context *context_of(const char *name, VM_PluginRegistry *registry)
{
    VM_ContextConfig *config = NULL;
    VM_Context *context = NULL;
    NEED(VM_ContextConfigCreate(&config, &error));
    NEED(VM_ContextConfigSetName(config, name, &error));
    NEED(VM_ContextCreate(engine, config, &context, &error));
    VM_ContextConfigDelete(config);
    NEED(VM_ContextRegisterPlugins(context, registry, &error));
    return context;
}

/* Instances of a plug-in are destroyed with their data; a new one is created when a guest imports from the plug-in. */
static void instances(void)
{
    VM_PluginRegistry *registry = registry_with("instances");
    VM_Context *context = context_of(NULL, registry);
    VM_Module *module = load(engine, GUEST("plugin_number"));
    instantiate(engine, context, GUEST("plugin_number"));
    CHECK_INT(run(context, "number", NO_VALUES), 1);
    CHECK_OK(VM_ContextReset(context, &error));
    instantiate(engine, context, GUEST("plugin_number"));
    CHECK_INT(run(context, "number", NO_VALUES), 2);
    instantiate(engine, context, GUEST("plugin_number"));
    CHECK_INT(run(context, "number", NO_VALUES), 2);

    /* Should that fail, the guest is refused, and the plug-in stays registered. */
    CHECK_OK(VM_ContextReset(context, &error));
    SURE(setenv("LIBVM_TEST_FAIL_CREATE", "1", 1) == 0);
    CHECK_STATUS(VM_ContextInstantiate(context, module, NULL, &error), VM_STATUS_PLUGIN_INITIALIZE, "no more of these");
    CHECK_TEXT(VM_ErrorGetModuleName(error), "instances");
    SURE(unsetenv("LIBVM_TEST_FAIL_CREATE") == 0);
    CHECK_OK(VM_ContextInstantiate(context, module, NULL, &error));
    CHECK_INT(run(context, "number", NO_VALUES), 3);
    VM_ModuleDelete(module);
    VM_ContextDelete(context);
    VM_PluginRegistryDelete(registry);
}

/* A plug-in can move to another version while it has no instance. */
static void another_version(void)
{
    VM_PluginRegistry *registry = registry_with("versioned");
    VM_Context *context = context_of(NULL, registry);
    VM_Plugin *plugin;
    instantiate(engine, context, GUEST("versioned"));
    CHECK_INT(run(context, "count", NO_VALUES), 1);
    CHECK_OK(VM_ContextReset(context, &error));
    NEED(VM_PluginRegistryUpdateFromPath(registry, plugin_file("versioned_2").text, NULL, &error));
    NEED(VM_PluginRegistryFind(registry, "versioned", &plugin, &error));
    CHECK_OK(VM_ContextUpdatePlugin(context, plugin, &error));
    VM_PluginRelease(plugin);
    instantiate(engine, context, GUEST("versioned"));
    CHECK_INT(run(context, "count", NO_VALUES), 2);
    VM_ContextDelete(context);
    VM_PluginRegistryDelete(registry);
}

static int64_t next(VM_Context *context)
{
    VM_Value result;
    instantiate(engine, context, GUEST("keeper"));
    NEED(VM_ContextExecute(context, latest(context), "next", NO_VALUES, &result, 1, &error));
    return result.of.i64;
}

/* The state of a context without a name is its tenant's; that of a name belongs to the name. */
static void state(void)
{
    VM_PluginRegistry *registry = registry_with("keeper");
    VM_Context *unnamed = context_of(NULL, registry), *named = context_of("desk", registry);
    CHECK_INT(next(unnamed), 1);
    CHECK_INT(next(unnamed), 2);
    CHECK_INT(next(named), 1);
    CHECK_OK(VM_ContextReset(unnamed, &error));
    CHECK_OK(VM_ContextReset(named, &error));
    CHECK_INT(next(unnamed), 1);
    CHECK_INT(next(named), 2);
    VM_ContextDelete(unnamed);
    VM_ContextDelete(named);
    VM_PluginRegistryDelete(registry);
}

static Path temporary(VM_Context *context)
{
    Path path = { { 0 } };
    VM_Memory memory;
    VM_Instance instance = instantiate(engine, context, GUEST("directories"));
    int32_t length = run(context, "where", VALUES(VM_ValueI32(VM_DIRECTORY_TEMP)));
    SURE(length > 0 && length < (int32_t)sizeof path.text);
    NEED(VM_InstanceFindMemory(context, instance, "memory", &memory, &error));
    NEED(VM_MemoryRead(context, memory, 0, path.text, (size_t)length, &error));
    return path;
}

static void temporary_directories(void)
{
    VM_PluginRegistry *registry = registry_with("directories");
    VM_Context *context = context_of("desk", registry);
    Path before = temporary(context), after;
    CHECK(access(before.text, F_OK) == 0);
    CHECK_OK(VM_ContextReset(context, &error));
    CHECK(access(before.text, F_OK) != 0);
    after = temporary(context);
    CHECK(strcmp(after.text, before.text) != 0 && access(after.text, F_OK) == 0);
    VM_ContextDelete(context);
    VM_PluginRegistryDelete(registry);
}

static void permissions(void)
{
    VM_PluginRegistry *registry = registry_with("permissions");
    VM_Context *context = new_context(engine);
    NEED(VM_ContextGrantPermission(context, "permissions", "fs:read", &error));
    NEED(VM_ContextRegisterPlugins(context, registry, &error));
    for (int i = 0; i < 2; i++) {
        VM_Value result;
        instantiate(engine, context, GUEST("permissions"));
        CHECK_INT(run(context, "read", NO_VALUES), 1);
        CHECK_STATUS(VM_ContextExecute(context, latest(context), "write", NO_VALUES, &result, 1, &error), VM_STATUS_PLUGIN_PERMISSION,
                     "`fs:write`");
        CHECK_OK(VM_ContextReset(context, &error));
    }
    VM_ContextDelete(context);
    VM_PluginRegistryDelete(registry);
}

static int open_files(void)
{
    DIR *folder = opendir("/proc/self/fd");
    int count = 0;
    while (folder && readdir(folder))
        count++;
    if (folder)
        closedir(folder);
    return count;
}

/* Files that a guest opened are closed, its output is forgotten, and the next guest has the environment that was registered. */
static void wasi_environment(void)
{
    VM_Wasi *wasi = new_wasi();
    VM_Context *context;
    int files = open_files();
    make_folder("shared");
    write_content("shared/file", TEXT("content"));
    NEED(VM_WasiAddDirectory(wasi, in_scratch("shared").text, "/", VM_WASI_READ, &error));
    NEED(VM_WasiCaptureOutput(wasi, &error));
    NEED(VM_WasiSetInput(wasi, (const uint8_t *)TEXT("abc"), &error));
    context = new_guest(engine, wasi);
    VM_WasiDiscardStream(wasi, VM_WASI_STDERR, &error);
    for (int i = 0; i < 3; i++) {
        CHECK_INT(opens(context, FIRST_DIRECTORY, "file", 0, FD_READ), SUCCESS);
        CHECK_INT(result_u32(context), FIRST_DIRECTORY + 1);
        CHECK_READ(context, FIRST_DIRECTORY + 1, 7, "content");
        CHECK_READ(context, 0, 10, "abc");
        CHECK_INT(guest_writes(context, 1, TEXT("secret")), SUCCESS);
        CHECK_INT(VM_WasiGetOutput(wasi).size, 6);
        CHECK_OK(VM_ContextReset(context, &error));
        CHECK_INT(open_files(), files);
        CHECK_INT(VM_WasiGetOutput(wasi).size, 0);
        instantiate(engine, context, GUEST("wasi_functions"));
    }
    /* It is opened when a guest imports from it: by then the directory may be gone. */
    CHECK_OK(VM_ContextReset(context, &error));
    SURE(remove(in_scratch("shared/file").text) == 0 && rmdir(in_scratch("shared").text) == 0);
    VM_Module *module = load(engine, GUEST("wasi_functions"));
    CHECK_STATUS(VM_ContextInstantiate(context, module, NULL, &error), VM_STATUS_FILE_NOT_FOUND, in_scratch("shared").text);
    VM_ModuleDelete(module);
    VM_ContextDelete(context);
    VM_WasiDelete(wasi);
}

int main(void)
{
    make_scratch();
    engine = new_engine();
    instances();
    another_version();
    state();
    temporary_directories();
    permissions();
    wasi_environment();
    VM_EngineDelete(engine);
    return finish();
}
