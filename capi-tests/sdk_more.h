/* For tests of what plug-ins in all languages extend: the plug-in `more` in each. Include it first, like plugin_files.h. */
#ifndef SDK_MORE_H
#define SDK_MORE_H

#include "plugin_log.h"

typedef struct More {
    const char *file;
    const char *panic; /* the message of an exception or panic */
} More;

static const More mores[] = {
    { "more_c", "help" },
    { "more", "the plug-in has thrown an exception that is not a std::exception" },
    { "more_rust", "the plug-in panicked: help" },
};
static const More *more;
static VM_Engine *engine;
static VM_PluginRegistry *registry;

/* A registry with the plug-in of the language. */
static inline void load_more(void)
{
    registry = new_registry();
    NEED(VM_PluginLoadFromPath(registry, plugin_file(more->file).text, NULL, &error));
}

/* A context with the plug-in, whose option is set. */
static inline VM_Context *context_with(const char *prefix)
{
    VM_Context *context = new_context(engine);
    NEED(VM_ContextSetPluginOption(context, "more", "prefix", prefix, &error));
    NEED(VM_ContextRegisterPlugins(context, registry, &error));
    return context;
}

static inline VM_Plugin *find_more(void)
{
    VM_Plugin *plugin = NULL;
    NEED(VM_PluginRegistryFind(registry, "more", &plugin, &error));
    return plugin;
}

/* Runs a test with the plug-in of each language; nothing is left of any. */
static inline int for_each_language(void (*check)(void))
{
    VM_EngineConfig *config = NULL;
    size_t i;
    make_scratch();
    start_listening();
    NEED(VM_EngineConfigCreate(&config, &error));
    NEED(VM_EngineConfigSetInterruptible(config, true, &error));
    NEED(VM_EngineCreate(config, &engine, &error));
    VM_EngineConfigDelete(config);
    for (i = 0; i < sizeof mores / sizeof mores[0]; i++) {
        int before = failures;
        more = &mores[i];
        load_more();
        check();
        VM_PluginRegistryDelete(registry);
        CHECK_SAID("");
        if (failures != before)
            fprintf(stderr, "(of %s)\n", more->file);
    }
    VM_EngineDelete(engine);
    stop_listening();
    return finish();
}

#endif
