/* Valid: built with a later header, which appended fields to every struct. An older library reads the fields that it knows. */
#define MARK "newer"
#define SIMPLE_NAME "newer"
#include "marked.h"
#include "simple.h"

typedef struct NewManifest {
    VM_PluginManifest known;
    char more[64];
} NewManifest;

typedef struct NewFunction {
    VM_FunctionDescriptor known;
    void *more[3];
} NewFunction;

typedef struct NewModule {
    VM_ModuleDescriptor known;
    void *more[5];
} NewModule;

typedef struct NewDescriptor {
    VM_PluginDescriptor known;
    void *more[7];
} NewDescriptor;

#define OTHER ((void *)~(uintptr_t)0)

static const NewFunction new_functions[] = {
    { { 0, 0, "same", "(i)i", same, NULL, NULL, NULL }, { OTHER, OTHER, OTHER } },
    { { 0, 0, "other", "(F)F", same, NULL, NULL, NULL }, { OTHER, OTHER, OTHER } },
};
static const NewModule new_modules[] = {
    { { 0, 0, "newer", NULL, { &new_functions[0].known, 2, sizeof(NewFunction) } },
      { OTHER, OTHER, OTHER, OTHER, OTHER } },
};
static const NewDescriptor new_descriptor = {
    { sizeof(NewDescriptor), 0, { &new_modules[0].known, 1, sizeof(NewModule) }, { NULL, 0, 0 }, NULL, NULL, NULL, NULL, NULL },
    { OTHER, OTHER, OTHER, OTHER, OTHER, OTHER, OTHER }
};

VM_EXPORT const VM_PluginDescriptor *VM_CALL libvm_plugin_entry(const VM_PluginHost *host)
{
    (void)host;
    (void)modules;
    return &new_descriptor.known;
}

VM_EXPORT extern const NewManifest new_manifest __asm__("libvm_plugin_manifest");
const NewManifest new_manifest = {
    { sizeof(NewManifest), VM_PLUGIN_MAGIC, VM_ABI_MAJOR, VM_ABI_MINOR, 0, 0x8000, "newer", "1.0.0", "", "", "", "", "", "" },
    "of a later version"
};
