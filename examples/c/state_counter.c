/*
 * A persistent counter: the plug-in keeps it in the state service, and the host sets a state file. It survives the end of the
 * process, also by kill -9.
 *
 *     cc state_counter.c -o state_counter $(pkg-config --cflags --libs libvm)
 *     wat2wasm visits.wat && ./state_counter visits.wasm state.db
 */
#include <libvm.h>
#include <stdio.h>
#include <stdlib.h>

/* The plug-in, linked into the host. As a file of its own it would not have the first line. */
#define VM_PLUGIN_BUILTIN visits
#include <libvm/plugin.h>

typedef struct {
    VM_PluginInstance *self;
    const VM_StateService *state;
} Visits;

static VM_Status create(const VM_PluginHost *host, VM_PluginInstance *self, void **instance)
{
    Visits *visits = malloc(sizeof *visits);
    if (!visits || !VM_HostGetStateService(host)) {
        free(visits);
        return VM_HostFail(host, "this host has no memory, or keeps no state");
    }
    visits->self = self;
    visits->state = VM_HostGetStateService(host);
    *instance = visits;
    return VM_STATUS_OK;
}

static VM_Status visit(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    Visits *visits = instance;
    int64_t count = 0;
    (void)args;
    if (visits->state->increment(visits->self, "visits", 1, &count) != VM_STATUS_OK)
        return VM_CallerTrap(caller, "the visit could not be counted; see the host's log");
    results[0] = VM_ValueI64(count);
    return VM_STATUS_OK;
}

static const VM_FunctionDescriptor functions[] = { VM_FUNCTION("visit", "()I", visit) };
static const VM_ModuleDescriptor modules[] = { VM_MODULE("visits", functions) };
static const VM_PluginDescriptor descriptor = {
    VM_PLUGIN_DESCRIPTOR_INIT, .modules = VM_TABLE(modules), .create = create, .destroy = free,
};
VM_PLUGIN_DESCRIPTOR("visits", "1.0.0", "Counts visits", descriptor);

/* The host. State belongs to the plug-in and the name of the context; without a name it is deleted with the context. */
int main(int argc, char **argv)
{
    VM_Engine *engine = NULL;
    VM_PluginRegistry *registry = NULL;
    VM_ContextConfig *config = NULL;
    VM_Context *vm = NULL;
    VM_Error *error = NULL;
    VM_Value count;
    int failed = 1;

    if (argc != 3) {
        fprintf(stderr, "usage: %s WASM STATE-FILE\n", argv[0]);
        return 2;
    }
    if (!VM_EngineCreate(NULL, &engine, &error) && !VM_PluginRegistryCreate(&registry, &error) &&
        !VM_PluginRegistrySetStateFile(registry, argv[2], &error) && !VM_PluginRegistryAddBuiltin(registry, &visits, &error) &&
        !VM_ContextConfigCreate(&config, &error) && !VM_ContextConfigSetName(config, "front door", &error) &&
        !VM_ContextCreate(engine, config, &vm, &error) && !VM_ContextRegisterPlugins(vm, registry, &error) &&
        !VM_ContextRunWasmFromFile(vm, argv[1], "enter", NULL, 0, &count, 1, &error)) {
        printf("visit %lld\n", (long long)count.of.i64);
        failed = 0;
    } else {
        fprintf(stderr, "%s: %s\n", VM_StatusGetName(VM_ErrorGetStatus(error)), VM_ErrorGetMessage(error));
    }
    VM_ErrorDelete(error);
    VM_ContextDelete(vm);
    VM_ContextConfigDelete(config);
    VM_PluginRegistryDelete(registry);
    VM_EngineDelete(engine);
    return failed;
}
