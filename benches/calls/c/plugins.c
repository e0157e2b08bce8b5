/* Plug-ins through libvm: what their state costs, what guest buffers cost, and how long many take to load. */
#include "plugins.h"
#include <libvm.h>
#include <libvm/plugin.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is measured. */
struct Plugins {
    VM_Engine *engine;
    VM_PluginRegistry *registry;
    VM_Context *context;
    VM_Func loop;
};

static void check(VM_Status status, VM_Error *error)
{
    if (status != VM_STATUS_OK) {
        fprintf(stderr, "libvm: %s\n", VM_ErrorGetMessage(error));
        abort();
    }
}

/* The plug-in: its functions do their work `n` times inside, or take what the guest gives. */

typedef struct Keeper {
    VM_PluginInstance *self;
    const VM_StateService *state;
    char keys[KEYS][16];
} Keeper;

static VM_Status create(const VM_PluginHost *host, VM_PluginInstance *self, void **instance)
{
    Keeper *keeper = malloc(sizeof *keeper);
    if (!keeper)
        return VM_STATUS_OUT_OF_MEMORY;
    keeper->self = self;
    keeper->state = VM_HostGetStateService(host);
    for (int i = 0; i < KEYS; i++)
        snprintf(keeper->keys[i], sizeof keeper->keys[i], "visitors-%d", i);
    *instance = keeper;
    return VM_STATUS_OK;
}

static VM_Status put(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    Keeper *keeper = instance;
    VM_Status status = VM_STATUS_OK;
    char value[VALUE] = "";
    uint32_t n = (uint32_t)args[0].of.i32;
    (void)caller;
    for (uint32_t i = 0; i < n && !status; i++) {
        memcpy(value, &i, sizeof i);
        status = keeper->state->put(keeper->self, keeper->keys[i % KEYS], value, sizeof value);
    }
    results[0] = VM_ValueI64(n);
    return status;
}

static VM_Status get(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    Keeper *keeper = instance;
    VM_Status status = VM_STATUS_OK;
    char value[VALUE] = "";
    uint64_t sum = 0;
    size_t size;
    (void)caller;
    for (int i = 0; i < KEYS && !status; i++)
        status = keeper->state->put(keeper->self, keeper->keys[i], value, sizeof value);
    for (uint32_t i = 0; i < (uint32_t)args[0].of.i32 && !status; i++) {
        status = keeper->state->get(keeper->self, keeper->keys[i % KEYS], value, sizeof value, &size);
        sum += size;
    }
    results[0] = VM_ValueI64((int64_t)sum);
    return status;
}

static VM_Status increment(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    Keeper *keeper = instance;
    VM_Status status = VM_STATUS_OK;
    int64_t now = 0;
    (void)caller;
    for (uint32_t i = 0; i < (uint32_t)args[0].of.i32 && !status; i++)
        status = keeper->state->increment(keeper->self, keeper->keys[i % KEYS], 1, &now);
    results[0] = VM_ValueI64(now);
    return status;
}

static VM_Status buffer(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)instance, (void)caller;
    results[0] = VM_ValueI32((int32_t)args[0].of.buffer.size);
    return VM_STATUS_OK;
}

static VM_Status plain(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)instance, (void)caller;
    results[0] = VM_ValueI32(args[1].of.i32);
    return VM_STATUS_OK;
}

static const VM_FunctionDescriptor functions[] = {
    VM_FUNCTION("put", "(i)I", put),         VM_FUNCTION("get", "(i)I", get),     VM_FUNCTION("increment", "(i)I", increment),
    VM_FUNCTION("buffer", "(<~)i", buffer),  VM_FUNCTION("plain", "(ii)i", plain),
};
static const VM_ModuleDescriptor modules[] = { VM_MODULE("bench", functions) };
static const VM_PluginDescriptor descriptor = {
    VM_PLUGIN_DESCRIPTOR_INIT, .modules = VM_TABLE(modules), .create = create, .destroy = free,
};
VM_PLUGIN_DESCRIPTOR("bench", "1.0.0", "What is measured", descriptor);

/* The host. */

struct Plugins *plugins_open(const uint8_t *wasm, size_t size, const char *plugin, const char *state_file)
{
    struct Plugins *all = malloc(sizeof *all);
    VM_ContextConfig *config = NULL;
    VM_Module *module = NULL;
    VM_Instance instance;
    VM_Error *error = NULL;

    if (!all)
        abort();
    check(VM_EngineCreate(NULL, &all->engine, &error), error);
    check(VM_PluginRegistryCreate(&all->registry, &error), error);
    if (state_file)
        check(VM_PluginRegistrySetStateFile(all->registry, state_file, &error), error);
    if (plugin)
        check(VM_PluginLoadFromPath(all->registry, plugin, NULL, &error), error);
    else
        check(VM_PluginRegistryAddBuiltin(all->registry, &VM_PLUGIN_BUILTIN, &error), error);
    check(VM_ContextConfigCreate(&config, &error), error);
    check(VM_ContextConfigSetName(config, "bench", &error), error);
    check(VM_ContextCreate(all->engine, config, &all->context, &error), error);
    VM_ContextConfigDelete(config);
    /* For the plug-in that starts commands, if it is the one. */
    check(VM_ContextSetPluginOptionBool(all->context, "process", "allow-all", true, &error), error);
    check(VM_ContextGrantPermission(all->context, "process", "process:exec:*", &error), error);
    check(VM_ContextRegisterPlugins(all->context, all->registry, &error), error);
    check(VM_ModuleLoadFromBuffer(all->engine, wasm, size, &module, &error), error);
    check(VM_ContextInstantiate(all->context, module, &instance, &error), error);
    VM_ModuleDelete(module);
    check(VM_InstanceFindFunction(all->context, instance, "loop", &all->loop, &error), error);
    return all;
}

uint64_t plugins_run(struct Plugins *all, uint32_t n)
{
    VM_Value arg = VM_ValueI32((int32_t)n), result;
    VM_Error *error = NULL;
    check(VM_FuncCall(all->context, all->loop, &arg, 1, &result, 1, &error), error);
    return (uint64_t)result.of.i64;
}

void plugins_close(struct Plugins *all)
{
    VM_ContextDelete(all->context);
    VM_PluginRegistryDelete(all->registry);
    VM_EngineDelete(all->engine);
    free(all);
}

size_t plugins_load(const char *path)
{
    VM_PluginRegistry *registry = NULL;
    VM_Error *error = NULL;
    check(VM_PluginRegistryCreate(&registry, &error), error);
    check(VM_PluginLoadFromPath(registry, path, NULL, &error), error);
    /* It stays, as the libraries do that are opened without libvm. */
    return VM_PluginRegistryGetCount(registry);
}

static VM_PluginRegistry *autoloading;
static VM_Module *guest;

void plugins_prepare(const char *folder, const char *index, const uint8_t *wasm, size_t size)
{
    VM_Engine *engine = NULL;
    VM_Error *error = NULL;
    check(VM_EngineCreate(NULL, &engine, &error), error);
    check(VM_ModuleLoadFromBuffer(engine, wasm, size, &guest, &error), error);
    check(VM_PluginRegistryCreate(&autoloading, &error), error);
    check(VM_PluginRegistryAddSearchDirectory(autoloading, folder, &error), error);
    check(VM_PluginRegistrySetIndexFile(autoloading, index, &error), error);
    check(VM_PluginRegistrySetModulePlugins(autoloading, VM_MODULE_PLUGINS_IMPORTS, &error), error);
}

size_t plugins_autoload(void)
{
    VM_Error *error = NULL;
    check(VM_PluginLoadForModule(autoloading, guest, NULL, &error), error);
    return VM_PluginRegistryGetCount(autoloading);
}
