/* Deletion of a registry: cleanup has run when the call returns, on its thread, also while other threads search for plug-ins. */
#define VM_PLUGIN_BUILTIN built_in_ends
#include "plugin_files.h"
#include <pthread.h>

enum { ROUNDS = 300, LOOKERS = 2 };

static atomic_int cleaned, elsewhere, stop;
static pthread_t main_thread;

static VM_Status VM_CALL initialize(const VM_PluginHost *host, void **data)
{
    (void)host;
    *data = &cleaned;
    return VM_STATUS_OK;
}

static void VM_CALL cleanup(void *data)
{
    CHECK(data == &cleaned);
    elsewhere += !pthread_equal(pthread_self(), main_thread);
    cleaned++;
}

static VM_Status VM_CALL nothing(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)instance;
    (void)caller;
    (void)args;
    (void)results;
    return VM_STATUS_OK;
}

static const VM_FunctionDescriptor functions[] = { VM_FUNCTION("nothing", "()", nothing) };
static const VM_ModuleDescriptor modules[] = { VM_MODULE("ends", functions) };
static const VM_PluginDescriptor descriptor = {
    VM_PLUGIN_DESCRIPTOR_INIT, .modules = VM_TABLE(modules), .initialize = initialize, .cleanup = cleanup
};
VM_PLUGIN_DESCRIPTOR("ends", "1.0.0", "Counts its ends", descriptor);

/* The message about imports that nothing provides looks at the plug-ins of all registries. */
static void *look(void *engine)
{
    VM_Context *context = new_context(engine);
    VM_Module *module = load(engine, GUEST("unresolved"));
    while (!stop)
        CHECK_STATUS(VM_ContextInstantiate(context, module, NULL, &error), VM_STATUS_UNRESOLVED_IMPORT, "nowhere");
    VM_ModuleDelete(module);
    VM_ContextDelete(context);
    forget_error();
    return NULL;
}

int main(void)
{
    VM_Engine *engine = new_engine();
    pthread_t lookers[LOOKERS];
    int i, rounds = 0;
    main_thread = pthread_self();
    for (i = 0; i < LOOKERS; i++)
        SURE(pthread_create(&lookers[i], NULL, look, engine) == 0);
    while (rounds < ROUNDS && cleaned == rounds) {
        VM_PluginRegistry *registry = new_registry();
        NEED(VM_PluginRegistryAddBuiltin(registry, &built_in_ends, &error));
        VM_PluginRegistryDelete(registry);
        rounds++;
    }
    CHECK_INT(cleaned, rounds);
    stop = 1;
    for (i = 0; i < LOOKERS; i++)
        pthread_join(lookers[i], NULL);
    CHECK_INT(elsewhere, 0);
    VM_EngineDelete(engine);
    return finish();
}
