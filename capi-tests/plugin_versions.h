/* For tests of updates: a registry with one version of plugins/versioned.c, and contexts that count with it. Include it first. */
#ifndef PLUGIN_VERSIONS_H
#define PLUGIN_VERSIONS_H

#include "plugin_log.h"

static VM_Engine *engine;
static VM_PluginRegistry *registry;

static inline VM_Plugin *find(void)
{
    VM_Plugin *plugin = NULL;
    NEED(VM_PluginRegistryFind(registry, "versioned", &plugin, &error));
    return plugin;
}

static inline VM_Context *context_with(const char *guest)
{
    VM_Context *context = new_context(engine);
    NEED(VM_ContextRegisterPlugins(context, registry, &error));
    instantiate(engine, context, guest);
    return context;
}

/* Makes the registry with a version 1, and a context that has counted to 5. */
static inline VM_Context *counted_to_five(const char *plugin)
{
    VM_Context *context;
    int i;
    registry = new_registry();
    NEED(VM_PluginLoadFromPath(registry, plugin_file(plugin).text, NULL, &error));
    context = context_with(GUEST("versioned"));
    for (i = 1; i <= 5; i++)
        CHECK_INT(run(context, "count", NO_VALUES), i);
    CHECK_SAID("versioned 1.0.0 initialize; versioned 1.0.0 create; ");
    return context;
}

/* Updates the registry's only plug-in; the report has a line about it with `message`. */
static inline VM_Plugin *updated_to(const char *plugin, const char *message)
{
    VM_PluginReport *report = NULL;
    const VM_PluginReportLine *line;
    NEED(VM_PluginRegistryUpdateFromPath(registry, plugin_file(plugin).text, &report, &error));
    CHECK_INT(VM_PluginReportGetCount(report), 1);
    line = find_line(report, plugin_file(plugin).text);
    CHECK(line->loaded && strstr(line->message, message));
    VM_PluginReportDelete(report);
    CHECK_INT(VM_PluginRegistryGetCount(registry), 1);
    return find();
}

#endif
