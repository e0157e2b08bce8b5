/*
 * For tests of the plug-in `process`: contexts in which it is registered, with the guest of process.wat, whose functions the host calls to set
 * a command, run it and read its result. Include it first, like plugin_files.h.
 */
#ifndef PROCESS_H
#define PROCESS_H

#include "plugin_log.h"

static VM_Engine *engine;
static VM_PluginRegistry *registry;

/* An engine whose guests have deadlines, and a registry with the plug-in, to which everything is granted if `granted`. */
static inline void begin_with(bool granted)
{
    VM_EngineConfig *config = NULL;
    make_scratch();
    NEED(VM_EngineConfigCreate(&config, &error));
    NEED(VM_EngineConfigSetInterruptible(config, true, &error));
    NEED(VM_EngineCreate(config, &engine, &error));
    VM_EngineConfigDelete(config);
    registry = new_registry();
    NEED(VM_PluginLoadFromPath(registry, plugin_file("process").text, NULL, &error));
    if (granted)
        NEED(VM_PluginRegistryGrantPermission(registry, "process", "process:exec:*", &error));
}

static inline int end(void)
{
    VM_PluginRegistryDelete(registry);
    VM_EngineDelete(engine);
    return finish();
}

/* Registers the plug-in in a context, and instantiates the guest. */
static inline void add_guest(VM_Context *context)
{
    NEED(VM_ContextRegisterPlugins(context, registry, &error));
    instantiate(engine, context, GUEST("process"));
}

/* A context whose guest may start everything for which there is a permission. */
static inline VM_Context *new_guest(void)
{
    VM_Context *context = new_context(engine);
    NEED(VM_ContextSetPluginOptionBool(context, "process", "allow-all", true, &error));
    add_guest(context);
    return context;
}

static inline VM_Memory memory_of(VM_Context *guest)
{
    VM_Memory memory;
    NEED(VM_InstanceFindMemory(guest, latest(guest), "memory", &memory, &error));
    return memory;
}

/* Calls a function with bytes, which are put into the guest's memory. */
static inline VM_Status pass(VM_Context *guest, const char *function, const void *bytes, size_t size)
{
    NEED(VM_MemoryWrite(guest, memory_of(guest), 0, bytes, size, &error));
    return VM_ContextExecute(guest, latest(guest), function, VALUES(VM_ValueI32(0), VM_ValueI32((int32_t)size)), NULL, 0, &error);
}

static inline VM_Status set_variable(VM_Context *guest, const char *name, const char *value)
{
    VM_Value args[4] = { VM_ValueI32(0), VM_ValueI32((int32_t)strlen(name)), VM_ValueI32(1000), VM_ValueI32((int32_t)strlen(value)) };
    NEED(VM_MemoryWrite(guest, memory_of(guest), 0, name, strlen(name), &error));
    NEED(VM_MemoryWrite(guest, memory_of(guest), 1000, value, strlen(value), &error));
    return VM_ContextExecute(guest, latest(guest), "variable", args, 4, NULL, 0, &error);
}

static inline void set_timeout(VM_Context *guest, int32_t ms)
{
    NEED(VM_ContextExecute(guest, latest(guest), "timeout", VALUES(VM_ValueI32(ms)), NULL, 0, &error));
}

/* Sets the program and its arguments, up to NULL. */
static inline void set_command(VM_Context *guest, const char *const *words)
{
    NEED(pass(guest, "program", words[0], strlen(words[0])));
    while (*++words)
        NEED(pass(guest, "argument", *words, strlen(*words)));
}

#define COMMAND(guest, ...) set_command(guest, (const char *const[]){ __VA_ARGS__, NULL })

/* Starts the command of a guest. */
static inline VM_Execution *start(VM_Context *guest, VM_Queue *queue)
{
    VM_Execution *execution = NULL;
    NEED(VM_ContextStart(guest, latest(guest), "runs", NO_VALUES, queue, &execution, &error));
    return execution;
}

/* What the last command of a guest has written to one of its streams, `stdout` or `stderr`, with a NUL; free it. */
static inline char *written(VM_Context *guest, const char *stream, size_t *size)
{
    char function[20], *bytes;
    uint64_t have;
    snprintf(function, sizeof function, "%s_len", stream);
    *size = (uint32_t)run(guest, function, NO_VALUES);
    NEED(VM_MemoryGetSize(guest, memory_of(guest), &have, &error));
    if (have < *size)
        NEED(VM_MemoryGrow(guest, memory_of(guest), (*size - have) / 65536 + 1, NULL, &error));
    NEED(VM_ContextExecute(guest, latest(guest), stream, VALUES(VM_ValueI32(0)), NULL, 0, &error));
    SURE((bytes = malloc(*size + 1)) != NULL);
    NEED(VM_MemoryRead(guest, memory_of(guest), 0, bytes, *size, &error));
    bytes[*size] = '\0';
    return bytes;
}

static inline void check_result(VM_Context *guest, int32_t code, const char *output, const char *errors, const char *file, int line)
{
    const char *const expected[2] = { output, errors }, *const streams[2] = { "stdout", "stderr" };
    int i;
    check_int(run(guest, "code", NO_VALUES), code, file, line, "the exit code");
    for (i = 0; i < 2; i++) {
        size_t size;
        char *found = written(guest, streams[i], &size);
        if (expected[i])
            check_text(found, expected[i], file, line, streams[i]);
        free(found);
    }
}

/* The result of the last command: exit code, output and errors; NULL for any. */
#define CHECK_RESULT(guest, code, output, errors) check_result(guest, code, output, errors, __FILE__, __LINE__)
/* Runs the command. */
#define CHECK_RUN(guest, exit_code, output, errors) \
    (CHECK_INT(run(guest, "run", NO_VALUES), exit_code), CHECK_RESULT(guest, exit_code, output, errors))

#endif
