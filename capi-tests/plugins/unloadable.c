/*
 * Valid: its library can be closed, and logs when it is. Its externrefs are freed by its own code. -DANSWER sets its answer,
 * -DFLAGS=0 keeps it mapped, -DFAILS makes its initialize fail.
 */
#ifndef FLAGS
#define FLAGS VM_PLUGIN_UNLOADABLE
#endif
#ifndef ANSWER
#define ANSWER 1
#endif
#define VM_PLUGIN_FLAGS FLAGS
#define VM_PLUGIN_MODULES "unloadable"
#define MARK NAME
#include "marked.h"
#include <libvm/plugin.h>

__attribute__((destructor)) static void say_goodbye(void)
{
    const char *path = getenv("LIBVM_TEST_MARK");
    FILE *file = path ? fopen(path, "a") : NULL;
    if (!file)
        return;
    fprintf(file, "%s is closed\n", NAME);
    fclose(file);
}

static int made;

static VM_Status answer(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)instance;
    (void)caller;
    (void)args;
    results[0] = VM_ValueI32(ANSWER);
    return VM_STATUS_OK;
}

static void free_one(void *pointer) { --*(int *)pointer; }

static VM_Status make(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    VM_Ref ref;
    VM_Status status;
    (void)instance;
    (void)args;
    made++;
    status = VM_CallerCreateExternRef(caller, &made, free_one, &ref);
    if (status == VM_STATUS_OK)
        results[0] = VM_ValueExternRef(ref);
    return status;
}

static VM_Status initialize(const VM_PluginHost *host, void **data)
{
    *data = (void *)host;
#ifdef FAILS
    return VM_HostFail(host, "not today");
#else
    VM_HostLog(host, NULL, VM_LOG_INFO, "initialize");
    return VM_STATUS_OK;
#endif
}

static void cleanup(void *data) { VM_HostLog(data, NULL, VM_LOG_INFO, made ? "cleanup before what it made" : "cleanup"); }

static const VM_FunctionDescriptor functions[] = {
    VM_FUNCTION("answer", "()i", answer),
    VM_FUNCTION("make", "()r", make),
};
static const VM_ModuleDescriptor modules[] = {
    VM_MODULE("unloadable", functions),
};
static const VM_PluginDescriptor descriptor = VM_PLUGIN_DESCRIPTOR_OF(0, VM_TABLE(modules), VM_TABLE_EMPTY, NULL, NULL, initialize, cleanup, NULL);
VM_PLUGIN_DESCRIPTOR(NAME, "1.0.0", "Can be unloaded", descriptor);
