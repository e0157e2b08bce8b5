/* For tests of the plug-in `logging`: contexts with its guest, and what their logs receive. Include it first. */
#ifndef LOGGING_H
#define LOGGING_H

#include "plugin_files.h"

typedef struct Heard {
    char text[4000];
    int count;
} Heard;

static VM_Engine *engine;

/* Appends "level source: text" for each line; one context at a time has it. */
static inline void VM_CALL hear(void *user, VM_LogLevel level, const char *source, const char *text)
{
    Heard *heard = user;
    size_t used = strlen(heard->text);
    heard->count++;
    snprintf(heard->text + used, sizeof heard->text - used, "%d %s: %s\n", (int)level, source, text);
}

#define CHECK_HEARD(heard, expected) (CHECK_TEXT((heard)->text, expected), (void)((heard)->text[0] = '\0', (heard)->count = 0))

static inline VM_PluginRegistry *logging_registry(void)
{
    VM_PluginRegistry *registry = new_registry();
    NEED(VM_PluginLoadFromPath(registry, plugin_file("logging").text, NULL, &error));
    return registry;
}

/* A context with a name, or NULL for none, whose log has every line. */
static inline VM_Context *bare_context(const char *name, Heard *heard)
{
    VM_ContextConfig *config = NULL;
    VM_Context *context = NULL;
    NEED(VM_ContextConfigCreate(&config, &error));
    if (name)
        NEED(VM_ContextConfigSetName(config, name, &error));
    NEED(VM_ContextCreate(engine, config, &context, &error));
    VM_ContextConfigDelete(config);
    NEED(VM_ContextSetLogCallback(context, VM_LOG_TRACE, hear, heard, NULL, &error));
    return context;
}

static inline void set_option(VM_Context *context, const char *key, const char *value)
{
    if (value)
        NEED(VM_ContextSetPluginOption(context, "logging", key, value, &error));
}

/* A context with the plug-in, which writes this file if it is not NULL, and the guest. */
static inline VM_Context *logging_context(VM_PluginRegistry *registry, const char *name, Heard *heard, const char *file, const char *most)
{
    VM_Context *context = bare_context(name, heard);
    set_option(context, "file", file);
    set_option(context, "max-file-size", most);
    NEED(VM_ContextRegisterPlugins(context, registry, &error));
    instantiate(engine, context, GUEST("logging"));
    return context;
}

/* Writes bytes of the guest; returns address and size. */
static inline void put_text(VM_Context *context, uint32_t address, const char *text, size_t size)
{
    VM_Memory memory;
    NEED(VM_InstanceFindMemory(context, latest(context), "memory", &memory, &error));
    NEED(VM_MemoryWrite(context, memory, address, text, size, &error));
}

/* Lets the guest write a line, `count` times. */
static inline VM_Status log_many(VM_Context *context, int32_t count, int32_t level, const char *where, const char *text)
{
    int32_t where_size = (int32_t)strlen(where), text_size = (int32_t)strlen(text);
    put_text(context, 0, where, strlen(where));
    put_text(context, 1024, text, strlen(text));
    return VM_ContextExecute(context, latest(context), "many",
                             VALUES(VM_ValueI32(count), VM_ValueI32(level), VM_ValueI32(0), VM_ValueI32(where_size), VM_ValueI32(1024), VM_ValueI32(text_size)),
                             NULL, 0, &error);
}

static inline VM_Status log_line(VM_Context *context, int32_t level, const char *where, const char *text) { return log_many(context, 1, level, where, text); }

#endif
