/* Failed instantiations: nothing remains, except effects that WebAssembly does not undo. */
#include "plugin_versions.h"
#ifdef __GLIBC__
#include <malloc.h>
#endif

static VM_Module *missing, *large, *start, *data;

/* Bytes in use on the heap, where that can be asked. */
static size_t in_use(void)
{
#if defined(__GLIBC__) && (__GLIBC__ > 2 || __GLIBC_MINOR__ >= 33)
    return mallinfo2().uordblks;
#else
    return 0;
#endif
}

static VM_Context *small_context(void)
{
    VM_ContextConfig *config = NULL;
    VM_Context *context = NULL;
    NEED(VM_ContextConfigCreate(&config, &error));
    NEED(VM_ContextConfigSetMemoryLimit(config, 2 * 65536, &error));
    NEED(VM_ContextConfigSetInstanceLimit(config, 1, &error));
    NEED(VM_ContextCreate(engine, config, &context, &error));
    VM_ContextConfigDelete(config);
    NEED(VM_ContextRegisterPlugins(context, registry, &error));
    return context;
}

static void fail_often(VM_Context *context, VM_Module *module, VM_Status status)
{
    size_t before = 0;
    for (int i = 0; i < 2000; i++) {
        if (i == 100) {
            forget_error();
            before = in_use();
        }
        CHECK_STATUS(VM_ContextInstantiate(context, module, NULL, &error), status, NULL);
    }
    forget_error();
    /* What malloc keeps at hand varies by some KiB; the smallest block for each attempt would be 60. */
    CHECK(in_use() <= before + 16384);
}

/* Unresolved imports and limits are found out before anything is made. */
static void nothing_is_kept(void)
{
    VM_Context *context = small_context();
    VM_Module *guest = load(engine, GUEST("versioned_number"));
    fail_often(context, missing, VM_STATUS_UNRESOLVED_IMPORT);
    fail_often(context, large, VM_STATUS_LIMIT);
    /* None of them counts as an instance. */
    CHECK_OK(VM_ContextInstantiate(context, guest, NULL, &error));
    fail_often(context, guest, VM_STATUS_LIMIT);
    VM_ModuleDelete(guest);
    VM_ContextDelete(context);
}

static VM_Context *context_with_table(void)
{
    VM_Context *context = new_context(engine);
    VM_HostModule *host = new_host("host");
    VM_TableType type = { .size = sizeof(VM_TableType), .element = VM_VALTYPE_FUNCREF, .minimum = 2 };
    NEED(VM_HostModuleAddTable(host, "table", &type, &error));
    NEED(VM_ContextRegisterModule(context, host, &error));
    NEED(VM_ContextRegisterPlugins(context, registry, &error));
    VM_HostModuleDelete(host);
    return context;
}

/* A new version without the function that they imported can come: no guest imports it. */
static void no_guest_imports(void)
{
    VM_Context *context = context_with_table(), *strict = context_with_table();
    VM_Plugin *plugin;
    VM_Instance instance;
    VM_Value result;
    CHECK_STATUS(VM_ContextInstantiate(context, missing, NULL, &error), VM_STATUS_UNRESOLVED_IMPORT, "`nowhere.f`");
    CHECK_STATUS(VM_ContextInstantiate(context, data, NULL, &error), VM_STATUS_TRAP, "out of bounds memory access");
    CHECK_STATUS(VM_ContextInstantiate(context, start, NULL, &error), VM_STATUS_TRAP, "`unreachable` was reached");
    CHECK_INT(VM_ContextGetInstanceCount(context), 0);
    /* As specified by WebAssembly, the table keeps what was written to it. */
    instantiate(engine, context, GUEST("failed_caller"));
    CHECK_INT(run(context, "call", NO_VALUES), 101);
    /* An instance that was removed imports nothing any more either. */
    instance = instantiate(engine, context, GUEST("versioned"));
    CHECK_OK(VM_ContextRemoveInstance(context, instance, &error));
    instantiate(engine, strict, GUEST("versioned"));

    plugin = updated_to("versioned_NO_COUNT", "loaded, replacing version 1.0.0");
    CHECK_STATUS(VM_ContextUpdatePlugin(strict, plugin, &error), VM_STATUS_INCOMPATIBLE_IMPORT, "imports `versioned.count`");
    CHECK_OK(VM_ContextUpdatePlugin(context, plugin, &error));
    CHECK_STATUS(VM_ContextExecute(context, latest(context), "call", NO_VALUES, &result, 1, &error), VM_STATUS_INCOMPATIBLE_IMPORT,
                 "host function `versioned.count` failed with VM_STATUS_INCOMPATIBLE_IMPORT");
    CHECK_TEXT(VM_ErrorGetPluginName(error), "versioned");
    VM_PluginRelease(plugin);
    VM_ContextDelete(strict);
    VM_ContextDelete(context);
}

int main(void)
{
    make_scratch();
    engine = new_engine();
    registry = new_registry();
    NEED(VM_PluginLoadFromPath(registry, plugin_file("versioned").text, NULL, &error));
    missing = load(engine, GUEST("failed_missing"));
    large = load(engine, GUEST("failed_large"));
    start = load(engine, GUEST("failed_start"));
    data = load(engine, GUEST("failed_data"));
    nothing_is_kept();
    no_guest_imports();
    VM_ModuleDelete(missing);
    VM_ModuleDelete(large);
    VM_ModuleDelete(start);
    VM_ModuleDelete(data);
    VM_PluginRegistryDelete(registry);
    VM_EngineDelete(engine);
    return finish();
}
