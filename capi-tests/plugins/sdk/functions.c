/* The functions that need the guest alone, and the list of all functions. */
#include "sdk.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static VM_Status VM_CALL add(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)instance;
    (void)caller;
    results[0] = VM_ValueI32((int32_t)((uint32_t)args[0].of.i32 + (uint32_t)args[1].of.i32));
    return VM_STATUS_OK;
}

static VM_Status VM_CALL types(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)instance;
    (void)caller;
    results[0] = VM_ValueF64(args[0].of.i32 + (double)(uint64_t)args[1].of.i64 + (double)args[2].of.f32 + args[3].of.f64);
    results[1] = VM_ValueI32(!args[4].of.i32);
    return VM_STATUS_OK;
}

static VM_Status VM_CALL nothing(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)instance;
    (void)caller;
    (void)args;
    (void)results;
    return VM_STATUS_OK;
}

static VM_Status VM_CALL greet(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    Probe *probe = instance;
    VM_Buffer name = args[0].of.buffer, out = args[1].of.buffer;
    char text[200];
    int64_t counted = 0;
    int length;
    if (VM_HostGetStateService(probe->host)->increment(probe->self, "greeted", 1, &counted) != VM_STATUS_OK)
        return VM_CallerTrap(caller, "the greeting could not be counted");
    if (counted > probe->limit)
        return VM_CallerTrap(caller, "that is enough greeting");
    length = snprintf(text, sizeof text, "%s, %.*s (%lld)", probe->greeting, (int)name.size, (const char *)name.data, (long long)counted);
    if (length < 0 || (size_t)length > out.size)
        return VM_CallerTrap(caller, "the buffer is too small");
    memcpy(out.data, text, (size_t)length);
    results[0] = VM_ValueI32(length);
    return VM_STATUS_OK;
}

static VM_Status VM_CALL copy(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    VM_Buffer from = args[0].of.buffer, to = args[1].of.buffer;
    size_t size = from.size < to.size ? from.size : to.size;
    (void)instance;
    (void)caller;
    if (size)
        memmove(to.data, from.data, size);
    results[0] = VM_ValueI32((int32_t)size);
    return VM_STATUS_OK;
}

static VM_Status VM_CALL count(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)caller;
    (void)args;
    results[0] = VM_ValueI32(++((Probe *)instance)->count);
    return VM_STATUS_OK;
}

static VM_Status VM_CALL calls(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    const char *message;
    char text[200];
    VM_Status status = VM_CallerCall(caller, "back", args, 1, results, 1);
    (void)instance;
    if (args[0].of.i32 != -2 || VM_CallerGetErrorMessage(caller, &message) != VM_STATUS_OK)
        return status;
    snprintf(text, sizeof text, "caught: %s", message);
    return VM_CallerFail(caller, VM_STATUS_USER - 9, text);
}

static VM_Status VM_CALL fails(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)instance;
    (void)results;
    return VM_CallerFail(caller, args[0].of.i32 < 0 ? args[0].of.i32 : VM_STATUS_BAD_ANSWER, "so it is");
}

static VM_Status VM_CALL parses(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    char text[80], *end;
    long value;
    (void)instance;
    snprintf(text, sizeof text, "%.*s", (int)args[0].of.buffer.size, (const char *)args[0].of.buffer.data);
    value = strtol(text, &end, 10);
    if (end == text || *end)
        return VM_CallerTrap(caller, "invalid digit found in string");
    results[0] = VM_ValueI32((int32_t)value);
    return VM_STATUS_OK;
}

static VM_Status VM_CALL panics(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)instance;
    (void)args;
    (void)results;
    return VM_CallerTrap(caller, "help");
}

static VM_Status VM_CALL secret(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)instance;
    (void)caller;
    (void)args;
    results[0] = VM_ValueI32(42);
    return VM_STATUS_OK;
}

static VM_Status VM_CALL peek(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    uint64_t size = 0;
    uint8_t byte = 0, next;
    VM_Status status = VM_CallerReadMemory(caller, (uint32_t)args[0].of.i32, &byte, 1);
    (void)instance;
    if (status != VM_STATUS_OK)
        return VM_CallerFail(caller, status, "reading the guest's memory failed");
    next = (uint8_t)(byte + 1);
    VM_CallerWriteMemory(caller, (uint32_t)args[0].of.i32, &next, 1);
    VM_CallerGetMemorySize(caller, &size);
    results[0] = VM_ValueI64((int64_t)(size + byte));
    return VM_STATUS_OK;
}

static const VM_FunctionDescriptor functions[] = {
    VM_FUNCTION_DESCRIBED("add", "(ii)i", add, "Adds"),
    VM_FUNCTION("types", "(iIfFi)Fi", types),
    VM_FUNCTION("nothing", "()", nothing),
    VM_FUNCTION("greet", "(<~*~)i", greet),
    VM_FUNCTION("copy", "(<~*~)i", copy),
    VM_FUNCTION("count", "()i", count),
    VM_FUNCTION_WITH("calls", "(i)i", calls, NULL, VM_FUNCTION_REENTERS, NULL, NULL),
    VM_FUNCTION_WITH("calls_mut", "(i)i", calls, NULL, VM_FUNCTION_REENTERS, NULL, NULL),
    VM_FUNCTION("settings", "($)F", sdk_settings),
    VM_FUNCTION("state", "(<~)i", sdk_state),
    VM_FUNCTION_WITH("later", "(i)i", sdk_later, NULL, VM_FUNCTION_MAY_SUSPEND, NULL, NULL),
    VM_FUNCTION_WITH("waits", "(i)i", sdk_waits, NULL, VM_FUNCTION_MAY_SUSPEND, NULL, NULL),
    VM_FUNCTION("fails", "(i)", fails),
    VM_FUNCTION("parses", "(<~)i", parses),
    VM_FUNCTION("panics", "(<~)i", panics),
    VM_FUNCTION_PERMITTED("secret", "()i", secret, "sdk:secret"),
    VM_FUNCTION("says", "(<~)", sdk_says),
    VM_FUNCTION("peek", "(i)I", peek),
    VM_FUNCTION("directory", "()i", sdk_directory),
};
const VM_ModuleDescriptor sdk_modules[1] = { VM_MODULE_DESCRIBED("sdk", functions, "Everything") };
