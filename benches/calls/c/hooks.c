/* Hooks through libvm: what it costs to invoke a point with hooks of no plug-in, of one, of ten. */
#undef VM_PLUGIN_BUILTIN
#define VM_PLUGIN_BUILTIN bench_hooks
#include "plugins.h"
#include <libvm.h>
#include <libvm/plugin.h>
#include <stdio.h>
#include <stdlib.h>

/* What is measured. */
struct Hooks {
    VM_Engine *engine;
    VM_PluginRegistry *registry;
    VM_Context *context;
    VM_Event *event;
};

static VM_Status on_event(void *instance, VM_Event *event)
{
    (void)instance, (void)event;
    return VM_STATUS_OK;
}

static const VM_Hook hooks[] = { VM_HOOK("bench", on_event) };
static const VM_HooksExtension extension = VM_HOOKS(hooks);

static const void *get_extension(void *data, const char *id)
{
    (void)data;
    return VM_ExtensionMatches(id, VM_HOOKS_EXTENSION) ? &extension : NULL;
}

static const VM_PluginDescriptor descriptor = { VM_PLUGIN_DESCRIPTOR_INIT, .get_extension = get_extension };
VM_PLUGIN_DESCRIPTOR("hooks-0", "1.0.0", "Has a hook", descriptor);

static void check(VM_Status status, VM_Error *error)
{
    if (status != VM_STATUS_OK) {
        fprintf(stderr, "libvm: %s\n", VM_ErrorGetMessage(error));
        abort();
    }
}

struct Hooks *hooks_open(unsigned count)
{
    /* The same plug-in under several names. */
    static VM_PluginManifest manifests[10];
    static VM_PluginBuiltin builtins[10];
    struct Hooks *made = calloc(1, sizeof *made);
    VM_Error *error = NULL;
    if (!made)
        abort();
    check(VM_EngineCreate(NULL, &made->engine, &error), error);
    check(VM_PluginRegistryCreate(&made->registry, &error), error);
    for (unsigned i = 0; i < count && i < 10; i++) {
        manifests[i] = *bench_hooks.manifest;
        manifests[i].name[6] = (char)('0' + i);
        builtins[i] = bench_hooks;
        builtins[i].manifest = &manifests[i];
        check(VM_PluginRegistryAddBuiltin(made->registry, &builtins[i], &error), error);
    }
    check(VM_ContextCreate(made->engine, NULL, &made->context, &error), error);
    check(VM_ContextRegisterPlugins(made->context, made->registry, &error), error);
    check(VM_EventCreate("bench", &made->event, &error), error);
    return made;
}

uint64_t hooks_run(struct Hooks *made, uint32_t n)
{
    VM_Error *error = NULL;
    VM_Status answer;
    for (uint32_t i = 0; i < n; i++)
        check(VM_ContextInvokeHooks(made->context, made->event, &answer, &error), error);
    return n;
}

void hooks_close(struct Hooks *made)
{
    VM_EventDelete(made->event);
    VM_ContextDelete(made->context);
    VM_PluginRegistryDelete(made->registry);
    VM_EngineDelete(made->engine);
    free(made);
}
