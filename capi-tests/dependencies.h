/* For tests of `libvm.dependencies/1`: guests/generates.wat with rules for plugins/generates.c. Include it first. */
#ifndef DEPENDENCIES_H
#define DEPENDENCIES_H

#include "plugin_log.h"
#include "sections.h"

static VM_Engine *engine;

static inline VM_Module *with_rules(const char *rules)
{
    Bytes section = { { 0 }, 0 };
    put(&section, rules, strlen(rules));
    return load_bytes(engine, guest_with(GUEST("generates"), "test.rules", &section));
}

/* A registry that asks plug-ins, searches the scratch directory, and has loaded one of its files. */
static inline VM_PluginRegistry *asking(const char *plugin)
{
    VM_PluginRegistry *registry = new_registry();
    char file[80];
    snprintf(file, sizeof file, "%s.so", plugin);
    NEED(VM_PluginRegistrySetModulePlugins(registry, VM_MODULE_PLUGINS_DEPENDENCIES, &error));
    NEED(VM_PluginRegistryAddSearchDirectory(registry, in_scratch("plugins").text, &error));
    NEED(VM_PluginLoadFromPath(registry, join(in_scratch("plugins").text, file).text, NULL, &error));
    return registry;
}

static inline VM_Context *context_of(VM_PluginRegistry *registry)
{
    VM_Context *context = new_context(engine);
    NEED(VM_ContextRegisterPlugins(context, registry, &error));
    NEED(VM_ContextSetModulePlugins(context, registry, &error));
    return context;
}

/* Copies plug-ins into the directory that is searched. */
static inline void make_plugins(void)
{
    const char *names[] = { "generates", "generates_more", "generates_last", "generates_serialized", "generates_affine", "calc" };
    char file[80];
    size_t i;
    make_scratch();
    make_folder("plugins");
    for (i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(file, sizeof file, "plugins/%s.so", names[i]);
        copy_plugin(names[i], file, NULL, NULL);
    }
}

#endif
