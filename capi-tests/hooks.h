/* For tests of hooks: contexts with the plug-ins hooks_a, hooks_b and hooks_c, and events for them. */
#ifndef LIBVM_TEST_HOOKS_H
#define LIBVM_TEST_HOOKS_H

#include "plugin_log.h"

static VM_Engine *engine;

/* A registry with some of the plug-ins, in this order. */
static inline VM_PluginRegistry *registry_with(const char *const *names)
{
    VM_PluginRegistry *registry = new_registry();
    for (; *names; names++)
        NEED(VM_PluginLoadFromPath(registry, plugin_file(*names).text, NULL, &error));
    return registry;
}
#define REGISTRY_WITH(...) registry_with((const char *const[]){ __VA_ARGS__, NULL })

static inline VM_Context *context_of(VM_PluginRegistry *registry, const VM_ContextConfig *config)
{
    VM_Context *context = NULL;
    NEED(VM_ContextCreate(engine, config, &context, &error));
    NEED(VM_ContextRegisterPlugins(context, registry, &error));
    VM_PluginRegistryDelete(registry); /* the context keeps the plug-ins */
    return context;
}

static inline VM_Context *new_chain(void) { return context_of(REGISTRY_WITH("hooks_a", "hooks_b", "hooks_c"), NULL); }

/* An event for the chain, with pairs of keys and strings. */
static inline VM_Event *new_event(const char *const *pairs)
{
    VM_Event *event = NULL;
    NEED(VM_EventCreate("chain", &event, &error));
    for (; *pairs; pairs += 2)
        CHECK_INT(VM_EventSetString(event, pairs[0], pairs[1]), VM_STATUS_OK);
    return event;
}
#define EVENT(...) new_event((const char *const[]){ __VA_ARGS__, NULL })
#define NO_PAIRS NULL

static inline const char *string_of(const VM_Event *event, const char *key)
{
    const char *text = NULL;
    return VM_EventGetString(event, key, &text) == VM_STATUS_OK ? text : NULL;
}

static inline int64_t integer_of(const VM_Event *event, const char *key)
{
    int64_t number = -1;
    CHECK_INT(VM_EventGetInteger(event, key, &number), VM_STATUS_OK);
    return number;
}

/* Invokes the event, checks its answer and which hooks were called, and deletes it. */
static inline void check_answer(VM_Context *context, VM_Event *event, VM_Status answer, const char *trace, int line)
{
    VM_Status found = -1;
    forget_error();
    check_status(VM_ContextInvokeHooks(context, event, &found, &error), VM_STATUS_OK, NULL, __FILE__, line, "invoke");
    check_int(found, answer, __FILE__, line, "the answer");
    check_text(string_of(event, "trace"), trace, __FILE__, line, "the trace");
    VM_EventDelete(event);
}
#define CHECK_ANSWER(context, event, answer, trace) check_answer(context, event, answer, trace, __LINE__)

/* The same for one that fails. */
static inline void check_failure(VM_Context *context, VM_Event *event, VM_Status status, const char *message, const char *plugin, int line)
{
    VM_Status found = 77;
    forget_error();
    check_status(VM_ContextInvokeHooks(context, event, &found, &error), status, message, __FILE__, line, "invoke");
    check_text(VM_ErrorGetPluginName(error), plugin, __FILE__, line, "the plug-in");
    check_int(found, 77, __FILE__, line, "the answer");
    VM_EventDelete(event);
}
#define CHECK_FAILURE(context, event, status, message, plugin) check_failure(context, event, status, message, plugin, __LINE__)

#endif
