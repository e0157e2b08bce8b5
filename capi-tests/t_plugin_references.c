/* A reference that a plug-in keeps is released outside of callbacks, on any thread. */
#define VM_PLUGIN_BUILTIN built_in_released
#include "plugin_files.h"
#include <pthread.h>

static const VM_PluginHost *host_of_plugin;
static VM_Ref kept;

static VM_Status VM_CALL initialize(const VM_PluginHost *host, void **data)
{
    (void)data;
    host_of_plugin = host;
    return VM_STATUS_OK;
}

static VM_Status VM_CALL keep(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)instance;
    (void)results;
    kept = args[0].of.ref;
    return VM_CallerRetainRef(caller, kept);
}

/* The status of reading what is kept. */
static VM_Status VM_CALL look(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    void *pointer = NULL;
    (void)instance;
    (void)args;
    results[0] = VM_ValueI32(VM_CallerGetExternRef(caller, kept, &pointer));
    CHECK(results[0].of.i32 != VM_STATUS_OK || pointer == &kept);
    return VM_STATUS_OK;
}

static const VM_FunctionDescriptor functions[] = { VM_FUNCTION("keep", "(r)", keep), VM_FUNCTION("look", "()i", look) };
static const VM_ModuleDescriptor modules[] = { VM_MODULE("released", functions) };
static const VM_PluginDescriptor descriptor = {
    VM_PLUGIN_DESCRIPTOR_INIT, .modules = VM_TABLE(modules), .initialize = initialize
};
VM_PLUGIN_DESCRIPTOR("released", "1.0.0", "Keeps a reference", descriptor);

static void *release(void *unused)
{
    VM_HostReleaseRef(host_of_plugin, kept);
    return unused;
}

int main(void)
{
    VM_Engine *engine = new_engine();
    VM_PluginRegistry *registry = new_registry();
    VM_Context *context = new_context(engine);
    VM_Ref null = { 0, 0, 0 };
    pthread_t thread;
    int round;
    NEED(VM_PluginRegistryAddBuiltin(registry, &built_in_released, &error));
    NEED(VM_ContextRegisterPlugins(context, registry, &error));
    instantiate(engine, context, GUEST("released"));
    for (round = 0; round < 3; round++) {
        VM_Ref ref;
        NEED(VM_RefCreateExtern(context, &kept, NULL, &ref, &error));
        NEED(VM_ContextExecute(context, latest(context), "keep", VALUES(VM_ValueExternRef(ref)), NULL, 0, &error));
        VM_RefRelease(ref);
        CHECK_INT(run(context, "look", NO_VALUES), VM_STATUS_OK);
        SURE(pthread_create(&thread, NULL, release, NULL) == 0 && pthread_join(thread, NULL) == 0);
        CHECK_INT(run(context, "look", NO_VALUES), VM_STATUS_STALE);
        VM_HostReleaseRef(host_of_plugin, kept); /* once too often */
        VM_HostReleaseRef(host_of_plugin, null);
    }
    VM_ContextDelete(context);
    VM_HostReleaseRef(host_of_plugin, kept); /* the context is gone */
    VM_PluginRegistryDelete(registry);
    VM_EngineDelete(engine);
    return finish();
}
