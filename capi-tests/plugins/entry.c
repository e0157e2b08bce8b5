/*
 * An entry written by hand. It builds the descriptor on the heap, and overwrites and frees it in cleanup: the host must not use
 * it afterwards. -DFAILS=1 fails in the entry with a reason, 2 without, 3 in initialize.
 */
#define VM_PLUGIN_MODULES "entry"
#define VM_PLUGIN_FLAGS VM_PLUGIN_UNLOADABLE
#include <libvm/plugin.h>
#include <stdlib.h>
#include <string.h>
#ifndef FAILS
#define FAILS 0
#endif

typedef struct Built {
    VM_PluginDescriptor descriptor;
    VM_ModuleDescriptor module;
    VM_FunctionDescriptor function;
    VM_OptionDescriptor option;
    char texts[6][16];
} Built;

/* One for each registry, until its initialize takes it: entry and initialize run on one thread. */
static Built *latest;

static VM_Status number(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)instance;
    (void)args;
    results[0] = VM_ValueI32((int32_t)strlen(caller->data));
    return VM_STATUS_OK;
}

static void cleanup(void *data)
{
    memset(data, 0xff, sizeof(Built));
    free(data);
}

static VM_Status initialize(const VM_PluginHost *host, void **data)
{
    *data = latest;
    if (FAILS != 3)
        return VM_STATUS_OK;
    cleanup(latest);
    VM_HostFail(host, "the license has expired");
    return VM_STATUS_USER - 7;
}

static const char *text(Built *built, int index, const char *content) { return strcpy(built->texts[index], content); }

VM_EXTERN VM_EXPORT const VM_PluginManifest libvm_plugin_manifest;
VM_PLUGIN_MANIFEST(, "entry", "1.0.0", "Has an entry of its own");

VM_EXPORT const VM_PluginDescriptor *VM_CALL libvm_plugin_entry(const VM_PluginHost *host)
{
    Built *made = FAILS == 1 || FAILS == 2 ? NULL : calloc(1, sizeof *made);
    if (FAILS == 1)
        VM_HostFail(host, "there is no graphics card");
    if (!made)
        return NULL;
    made->function.name = text(made, 0, "number");
    made->function.signature = text(made, 1, "()i");
    made->function.description = text(made, 2, "Counts letters");
    made->function.callback = number;
    made->function.data = (void *)text(made, 3, "seven!!");
    made->module.name = text(made, 4, "entry");
    made->module.functions.items = &made->function;
    made->module.functions.count = 1;
    made->module.functions.stride = sizeof made->function;
    made->option.type = VM_OPTION_TYPE_STRING;
    made->option.key = text(made, 5, "key");
    made->descriptor.size = sizeof made->descriptor;
    made->descriptor.modules.items = &made->module;
    made->descriptor.modules.count = 1;
    made->descriptor.modules.stride = sizeof made->module;
    made->descriptor.options.items = &made->option;
    made->descriptor.options.count = 1;
    made->descriptor.options.stride = sizeof made->option;
    made->descriptor.initialize = initialize;
    made->descriptor.cleanup = cleanup;
    latest = made;
    return &made->descriptor;
}
