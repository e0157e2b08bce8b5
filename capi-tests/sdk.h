/* For tests of the SDKs: the plug-in in each language, and the context of its guest. Include it first, like plugin_files.h. */
#ifndef SDK_H
#define SDK_H

#include "plugin_log.h"

typedef struct Sdk {
    const char *file;
    const char *panic; /* the message of an exception or panic */
    bool borrows;      /* overlapping buffers, strings that are not UTF-8 and re-entrance are found */
} Sdk;

static const Sdk sdks[] = {
    { "sdk_c", "help", false },
    { "sdk", "the plug-in has thrown an exception that is not a std::exception", false },
    { "sdk_rust", "the plug-in panicked: help", true },
};
static const Sdk *sdk;
static VM_Engine *engine;
static VM_Context *context;

static inline VM_Value at(uint32_t address) { return VM_ValueI32((int32_t)address); }

/* Calls an export with one result. */
static inline VM_Status call(const char *name, const VM_Value *args, size_t count)
{
    VM_Value result;
    return VM_ContextExecute(context, latest(context), name, args, count, &result, 1, &error);
}

static inline void write_text(uint32_t address, const char *text)
{
    VM_Memory memory;
    NEED(VM_InstanceFindMemory(context, latest(context), "memory", &memory, &error));
    NEED(VM_MemoryWrite(context, memory, address, text, strlen(text) + 1, &error));
}

static inline void check_memory(uint32_t address, const char *expected)
{
    VM_Memory memory;
    char found[80] = "";
    NEED(VM_InstanceFindMemory(context, latest(context), "memory", &memory, &error));
    NEED(VM_MemoryRead(context, memory, address, found, strlen(expected), &error));
    CHECK_TEXT(found, expected);
}

#endif
