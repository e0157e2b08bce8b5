/* Requirements of both probes, whatever serves their calls. */
#ifndef PROBE_CHECKS_H
#define PROBE_CHECKS_H

#include "plugin_files.h"

static inline double run_mul(VM_Context *context, double a, double b)
{
    VM_Value result;
    NEED(VM_ContextExecute(context, latest(context), "mul", VALUES(VM_ValueF64(a), VM_ValueF64(b)), &result, 1, &error));
    return result.of.f64;
}

/* A context with the registry's plug-ins and a guest that uses `calc`. */
static inline VM_Context *probe_context(VM_Engine *engine, VM_PluginRegistry *registry)
{
    VM_Context *context = new_context(engine);
    NEED(VM_ContextRegisterPlugins(context, registry, &error));
    instantiate(engine, context, GUEST("probe_user"));
    return context;
}

static inline void check_calc(VM_Context *context)
{
    char said[13] = "";
    VM_Memory memory;
    CHECK_INT(run(context, "add", VALUES(VM_ValueI32(40), VM_ValueI32(2))), 42);
    CHECK(run_mul(context, 1.5, -4) == -6);
    CHECK_INT(run(context, "upper", NO_VALUES), 12);
    NEED(VM_InstanceFindMemory(context, latest(context), "memory", &memory, &error));
    NEED(VM_MemoryRead(context, memory, 64, said, 12, &error));
    CHECK_TEXT(said, "HELLO, GUEST");
    NEED(VM_MemoryRead(context, memory, 0, said, 12, &error));
    CHECK_TEXT(said, "hello, guest");
}

/* A failure of the server is a trap with the reason, and the context can be used afterwards. */
static inline void check_failure(VM_Context *context, const char *plugin, const char *why)
{
    VM_Value result;
    CHECK_STATUS(VM_ContextExecute(context, latest(context), "divide", VALUES(VM_ValueI32(1), VM_ValueI32(0)), &result, 1, &error),
                 VM_STATUS_TRAP, why);
    CHECK_TEXT(VM_ErrorGetModuleName(error), "calc");
    CHECK_TEXT(VM_ErrorGetFunctionName(error), "divide");
    CHECK_TEXT(VM_ErrorGetPluginName(error), plugin);
    CHECK_STATUS(VM_ContextExecute(context, latest(context), "too_much", NO_VALUES, &result, 1, &error), VM_STATUS_TRAP,
                 "host function `calc.upper` trapped: the buffers are larger than 4096 bytes");
    CHECK_INT(run(context, "divide", VALUES(VM_ValueI32(84), VM_ValueI32(2))), 42);
}

/* Each context has a server of its own. */
static inline void check_apart(VM_Context *first, VM_Context *second)
{
    int32_t one = run(first, "count", NO_VALUES), two = run(second, "count", NO_VALUES);
    check_calc(first);
    CHECK_INT(run(first, "count", NO_VALUES), one + 3);
    CHECK_INT(run(second, "count", NO_VALUES), two);
}

#endif
