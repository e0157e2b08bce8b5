/* Shared by the tests of configuration files. */
#ifndef CONFIG_FILES_H
#define CONFIG_FILES_H

#include "plugin_files.h"

static inline VM_Config *load_config(const char *name, const char *text)
{
    VM_Config *config = NULL;
    NEED(VM_ConfigLoadFromFile(write_content(name, text, strlen(text)).text, &config, &error));
    return config;
}

/* A registry with a configuration file applied. */
static inline VM_PluginRegistry *configured(const char *name, const char *text)
{
    VM_PluginRegistry *registry = new_registry();
    VM_Config *config = load_config(name, text);
    CHECK_OK(VM_ConfigApplyToPluginRegistry(config, registry, NULL, &error));
    VM_ConfigDelete(config);
    return registry;
}

/* The plug-ins of a registry in load order. */
static inline void check_order(VM_PluginRegistry *registry, const char *expected)
{
    char found[80] = "";
    size_t i, count = VM_PluginRegistryGetCount(registry);
    for (i = 0; i < count; i++) {
        VM_Plugin *plugin = NULL;
        NEED(VM_PluginRegistryFindByIndex(registry, i, &plugin, &error));
        strcat(strcat(found, i ? " " : ""), VM_PluginGetName(plugin));
        VM_PluginRelease(plugin);
    }
    CHECK_TEXT(found, expected);
}

#endif
