/*
 * Shared by the two probes of the ABI. Both provide `calc`, and forward its calls to another wasm module or another process. One
 * C function forwards all: `caller` has the number of arguments and results, `args` their types, and the function's `data` its
 * name and the directions of its buffers.
 */
#ifndef PROBE_FORWARD_H
#define PROBE_FORWARD_H

#include "probe_limits.h"
#include <libvm/plugin.h>
#include <stdlib.h>
#include <string.h>

/* The `data` of a function. */
typedef struct Served {
    const char *name;
    const char *signature;
} Served;

/* The direction of the buffer that is argument `index`: '<', '>' or '*'; any other value is not a buffer. */
static inline char direction(const Served *served, uint32_t index)
{
    const char *at = served->signature + 1;
    for (; index > 0; index--)
        at += at[1] == '~' ? 2 : 1;
    return *at;
}

static const Served served[] = {
    { "add", "(ii)i" }, { "mul", "(FF)F" }, { "divide", "(ii)i" }, { "upper", "(<~>~)i" }, { "count", "()i" },
    { "sum", "(>~)i" }, { "poke", "(>~i)i" }, { "bump", "(*~)i" },
};

static VM_Status forward(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results);

#define FORWARDED(name, signature, index) VM_FUNCTION_WITH(name, signature, forward, (void *)&served[index], 0, NULL, NULL)

static const VM_FunctionDescriptor calc[] = {
    FORWARDED("add", "(ii)i", 0),       FORWARDED("mul", "(FF)F", 1), FORWARDED("divide", "(ii)i", 2),
    FORWARDED("upper", "(<~>~)i", 3), FORWARDED("count", "()i", 4), FORWARDED("sum", "(>~)i", 5),
    FORWARDED("poke", "(>~i)i", 6), FORWARDED("bump", "(*~)i", 7),
};

#endif
