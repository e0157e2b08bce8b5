/* Attaches strings to its presence and to calls, and writes to the file of LIBVM_TEST_MARK when each is freed. */
#define _POSIX_C_SOURCE 200809L
#ifndef FLAGS
#define FLAGS 0
#endif
#define VM_PLUGIN_MODULES "data"
#include <libvm/plugin.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VALUES(...) (VM_Value[]){ __VA_ARGS__ }, sizeof((VM_Value[]){ __VA_ARGS__ }) / sizeof(VM_Value)

typedef struct Instance {
    const VM_DataService *data;
    VM_PluginInstance *self;
    VM_Caller *last; /* of a call that may be over */
} Instance;

static void mark(const char *what, const char *text)
{
    FILE *file = fopen(getenv("LIBVM_TEST_MARK"), "a");
    if (file) {
        fprintf(file, "%s(%s) ", what, text ? text : "");
        fclose(file);
    }
}

static void free_text(void *pointer) { mark("free", pointer); }

/* The call has ended here. */
static void free_after(void *pointer)
{
    Instance *here = pointer;
    mark("free", here->data->set_for_call(here->last, NULL, NULL) == VM_STATUS_STALE ? "stale" : "too early");
}

static VM_Status initialize(const VM_PluginHost *host, void **data)
{
    const VM_DataService *service = VM_HostGetDataService(host);
    if (!service)
        return VM_HostFail(host, "there is no service of data");
    *data = (void *)host;
    return VM_STATUS_OK;
}

static void cleanup(void *data)
{
    mark("cleanup", data ? "host" : NULL);
}

static VM_Status create(const VM_PluginHost *host, VM_PluginInstance *self, void **instance)
{
    const VM_DataService *service = VM_HostGetDataService(host);
    Instance *made;
    service->set_for_context(self, "of the instance", free_text);
    if (getenv("LIBVM_TEST_FAIL_CREATE"))
        return VM_HostFail(host, "as it was told");
    made = calloc(1, sizeof *made);
    if (!made)
        return VM_STATUS_OUT_OF_MEMORY;
    made->data = service;
    made->self = self;
    *instance = made;
    return VM_STATUS_OK;
}

static void destroy(void *instance)
{
    Instance *here = instance;
    void *found = NULL;
    here->data->get_for_context(here->self, &found);
    mark("destroy", found);
    free(instance);
}

/* Attaches a string to the call, calls the guest, which may call again, and reads the string. */
static VM_Status nest(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    static const char *const texts[] = { "inner", "middle", "outer" };
    Instance *here = instance;
    const char *text = texts[args[0].of.i32];
    void *before = caller, *after = NULL;
    here->last = caller;
    if (here->data->get_for_call(caller, &before) || before || here->data->set_for_call(caller, (void *)text, free_text))
        return VM_CallerTrap(caller, "a new call has data, or can have none");
    if (args[0].of.i32 > 0 && VM_CallerCall(caller, "nest", VALUES(VM_ValueI32(args[0].of.i32 - 1)), results, 1) != VM_STATUS_OK)
        return VM_CallerTrap(caller, "the inner call failed");
    if (here->data->get_for_call(caller, &after) || strcmp(after, text) != 0)
        return VM_CallerTrap(caller, "the data is gone");
    mark("end", text);
    results[0] = VM_ValueI32(args[0].of.i32);
    return VM_STATUS_OK;
}

/* Takes and returns a reference, replaces its data, and attaches data that is freed when the call returns. */
static VM_Status replace(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    Instance *here = instance;
    here->last = caller;
    here->data->set_for_call(caller, "one", free_text);
    here->data->set_for_call(caller, "two", free_text);
    here->data->set_for_call(caller, NULL, NULL);
    here->data->set_for_call(caller, here, free_after);
    if ((caller->self == here->self) != (FLAGS == 0)) /* a singleton's is the calling context's */
        return VM_CallerTrap(caller, "the presence is another one");
    here->data->set_for_context(caller->self, "another of the instance", free_text);
    mark("end", "replace");
    results[0] = args[0];
    return VM_STATUS_OK;
}

/* Fails: its data is freed; data that cannot be attached is freed at once. */
static VM_Status fail(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    Instance *here = instance;
    const VM_DataService *data = here->data;
    void *found = NULL;
    (void)args;
    (void)results;
    data->set_for_call(caller, "of a failing call", free_text);
    if (data->set_for_call(here->last, "stale", free_text) != VM_STATUS_STALE ||
        data->set_for_call(NULL, "no call", free_text) != VM_STATUS_NULL_ARGUMENT ||
        data->set_for_context(NULL, "no instance", free_text) != VM_STATUS_NULL_ARGUMENT ||
        data->get_for_call(here->last, &found) != VM_STATUS_STALE || data->get_for_call(caller, NULL) != VM_STATUS_NULL_ARGUMENT ||
        data->get_for_context(here->self, NULL) != VM_STATUS_NULL_ARGUMENT ||
        data->get_for_context(NULL, &found) != VM_STATUS_NULL_ARGUMENT || found)
        return VM_CallerTrap(caller, "a wrong question was answered");
    return VM_CallerTrap(caller, "as it was told");
}

static const VM_FunctionDescriptor functions[] = {
    VM_FUNCTION_WITH("nest", "(i)i", nest, NULL, VM_FUNCTION_REENTERS, NULL, NULL),
    VM_FUNCTION("replace", "(r)r", replace),
    VM_FUNCTION("fail", "()", fail),
};
static const VM_ModuleDescriptor modules[] = {
    VM_MODULE("data", functions),
};
static const VM_PluginDescriptor descriptor = {
    VM_PLUGIN_DESCRIPTOR_INIT, .flags = FLAGS, .modules = VM_TABLE(modules), .create = create, .destroy = destroy, .initialize = initialize,
    .cleanup = cleanup,
};
VM_PLUGIN_DESCRIPTOR(NAME, "1.0.0", "Keeps data", descriptor);
