/* Valid: its version 1 answers at once, and version 2 suspends its guest and completes the call; with 0 it never does. Version 3 wants the
 * stack of the thread, and answers where it is, without what does not fit. */
#ifndef GAINS
#define GAINS 1
#endif
#define TEXT_OF(number) #number ".0.0"
#define VERSION_TEXT(number) TEXT_OF(number)
#define VM_PLUGIN_MODULES "host"
#include <libvm/plugin.h>

static VM_Status sleep_for(void *host, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
#if GAINS == 1
    (void)host;
    (void)caller;
    results[0] = args[0];
    return VM_STATUS_OK;
#elif GAINS == 3
    (void)host;
    (void)caller;
    (void)args;
    results[0] = VM_ValueI32((int32_t)(uintptr_t)&results);
    return VM_STATUS_OK;
#else
    VM_Token token;
    VM_Value twice = VM_ValueI32(2 * args[0].of.i32);
    VM_Status status = VM_CallerSuspend(caller, NULL, &token);
    (void)results;
    if (status == VM_STATUS_PENDING && twice.of.i32 != 0)
        VM_HostComplete(host, token, &twice, 1);
    return status;
#endif
}

static VM_Status initialize(const VM_PluginHost *host, void **data)
{
    *data = (void *)host;
    return VM_STATUS_OK;
}

enum { FLAGS = GAINS == 1 ? 0 : GAINS == 2 ? VM_FUNCTION_MAY_SUSPEND : VM_FUNCTION_THREAD_STACK };

static const VM_FunctionDescriptor functions[] = {
    VM_FUNCTION_WITH("sleep", "(i)i", sleep_for, NULL, FLAGS, NULL, NULL),
};
static const VM_ModuleDescriptor modules[] = { VM_MODULE("host", functions) };
static const VM_PluginDescriptor descriptor =
    VM_PLUGIN_DESCRIPTOR_OF(0, VM_TABLE(modules), VM_TABLE_EMPTY, NULL, NULL, initialize, NULL, NULL);
VM_PLUGIN_DESCRIPTOR("gains", VERSION_TEXT(GAINS), "Gains a flag", descriptor);
