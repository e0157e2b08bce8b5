/*
 * Functions that require permissions, one that checks by argument, and one that returns how many of the others have run.
 * Permissions are those of the calling context, also for a singleton (-DFLAGS=VM_PLUGIN_SINGLETON).
 */
#ifndef FLAGS
#define FLAGS 0
#endif
#define VM_PLUGIN_MODULES "permissions"
#define VM_PLUGIN_PERMISSIONS "fs:read, fs:write, process:exec:*"
#include <libvm/plugin.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct Instance {
    const VM_PluginHost *host;
    int runs;
} Instance;

static VM_Status create(const VM_PluginHost *host, VM_PluginInstance *self, void **instance)
{
    Instance *made = calloc(1, sizeof *made);
    (void)self;
    if (!made)
        return VM_STATUS_OUT_OF_MEMORY;
    made->host = host;
    *instance = made;
    return VM_STATUS_OK;
}

static void destroy(void *instance) { free(instance); }

/* Serves every function with a permission of its own, and returns the number of calls. */
static VM_Status do_it(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)caller;
    (void)args;
    results[0] = VM_ValueI32(++((Instance *)instance)->runs);
    return VM_STATUS_OK;
}

static VM_Status runs(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)caller;
    (void)args;
    results[0] = VM_ValueI32(((Instance *)instance)->runs);
    return VM_STATUS_OK;
}

/* By argument: traps if it is not permitted. */
static VM_Status execute(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    Instance *here = instance;
    char permission[2048];
    VM_Status status;
    snprintf(permission, sizeof permission, "process:exec:%s", (const char *)args[0].of.buffer.data);
    status = VM_HostRequirePermission(here->host, caller, permission);
    if (status != VM_STATUS_OK)
        return status;
    results[0] = VM_ValueI32(++here->runs);
    return VM_STATUS_OK;
}

/* By argument: returns the result of the check. */
static VM_Status check(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    Instance *here = instance;
    const char *permission = (const char *)args[0].of.buffer.data;
    results[0] = VM_ValueI32(VM_HostCheckPermission(here->host, caller->self, permission));
    if (VM_HostCheckPermission(here->host, NULL, permission) != VM_STATUS_NULL_ARGUMENT ||
        VM_HostCheckPermission(here->host, caller->self, NULL) != VM_STATUS_NULL_ARGUMENT ||
        VM_HostRequirePermission(here->host, NULL, "fs:delete") != VM_STATUS_NULL_ARGUMENT)
        return VM_CallerTrap(caller, "a wrong question was answered");
    return VM_STATUS_OK;
}

static const VM_FunctionDescriptor functions[] = {
    VM_FUNCTION_PERMITTED("read", "(<~)i", do_it, "fs:read"),
    VM_FUNCTION_PERMITTED("write", "(iIfFr)i", do_it, "fs:write"),
    VM_FUNCTION_PERMITTED("git", "()i", do_it, "process:exec:git"),
    VM_FUNCTION("runs", "()i", runs),
    VM_FUNCTION("execute", "($)i", execute),
    VM_FUNCTION("check", "($)i", check),
};
static const VM_ModuleDescriptor modules[] = {
    VM_MODULE("permissions", functions),
};
static const VM_PluginDescriptor descriptor = {
    VM_PLUGIN_DESCRIPTOR_INIT, .flags = FLAGS, .modules = VM_TABLE(modules), .create = create, .destroy = destroy,
};
VM_PLUGIN_DESCRIPTOR(NAME, "1.0.0", "Needs permissions", descriptor);
