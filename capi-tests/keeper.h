/* For tests of state: registries with the plug-in `keeper`, and contexts with a guest that calls it. */
#ifndef KEEPER_H
#define KEEPER_H

#include "plugin_files.h"
#include <sys/wait.h>

/* A registry with the plug-in. */
static inline VM_PluginRegistry *keeper_registry(void)
{
    VM_PluginRegistry *registry = new_registry();
    NEED(VM_PluginLoadFromPath(registry, plugin_file("keeper").text, NULL, &error));
    return registry;
}

/* One that keeps its state in a file. */
static inline VM_PluginRegistry *registry_with(const char *path)
{
    VM_PluginRegistry *registry = keeper_registry();
    NEED(VM_PluginRegistrySetStateFile(registry, path, &error));
    return registry;
}

/* A context with the guest; `name` may be NULL. */
static inline VM_Context *keeper_context(VM_Engine *engine, VM_PluginRegistry *registry, const char *name)
{
    VM_ContextConfig *config = NULL;
    VM_Context *context = NULL;

    NEED(VM_ContextConfigCreate(&config, &error));
    NEED(VM_ContextConfigSetName(config, name, &error));
    NEED(VM_ContextCreate(engine, config, &context, &error));
    VM_ContextConfigDelete(config);
    NEED(VM_ContextRegisterPlugins(context, registry, &error));
    instantiate(engine, context, GUEST("keeper"));
    return context;
}

/* The count, or a status. */
static inline int64_t next(VM_Context *context)
{
    VM_Value result;
    NEED(VM_ContextExecute(context, latest(context), "next", NO_VALUES, &result, 1, &error));
    CHECK_INT(result.type, VM_VALTYPE_I64);
    return result.of.i64;
}

static inline VM_Status keep(VM_Context *context, int key, int size)
{
    return run(context, "keep", VALUES(VM_ValueI32(key), VM_ValueI32(size)));
}

/* Runs a part of a test in a process of its own, which the part leaves with the number of its failures. */
static inline void in_child(void (*part)(const char *path), const char *path)
{
    int status = 0;
    pid_t child = fork();
    SURE(child >= 0);
    if (child == 0) {
        failures = 0;
        part(path);
        forget_error();
        _exit(failures != 0);
    }
    SURE(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

#endif
