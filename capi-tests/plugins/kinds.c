/*
 * Valid: the command line selects the kind of plug-in (-DFLAGS=VM_PLUGIN_SINGLETON, -DMODULE='"a"'). It returns the thread on
 * which it is called, counts without a lock unless it has its own (-DOWN_LOCK), and calls the guest.
 */
#ifndef FLAGS
#define FLAGS 0
#endif
#ifndef MODULE
#define MODULE "kinds"
#endif
#define VM_PLUGIN_MODULES MODULE
#include <libvm/plugin.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

typedef struct Instance {
    const VM_PluginHost *host;
    VM_PluginInstance *self;
    pthread_t home;
    pthread_mutex_t lock;
    int count;
} Instance;

static int total;
static atomic_int inside;

static VM_Status count(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    Instance *mine = instance;
    (void)caller;
    (void)args;
#ifdef OWN_LOCK
    pthread_mutex_lock(&mine->lock);
#endif
    results[0] = VM_ValueI32(++mine->count);
#ifdef OWN_LOCK
    pthread_mutex_unlock(&mine->lock);
#endif
    return VM_STATUS_OK;
}

/* How many threads are in this function; all of them count in a variable of the library, which only a serialized one may. */
static VM_Status overlap(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)instance;
    (void)caller;
    (void)args;
    results[0] = VM_ValueI32(++inside);
    total++;
    sched_yield();
    inside--;
    return VM_STATUS_OK;
}

static VM_Status get_total(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)instance;
    (void)caller;
    (void)args;
    results[0] = VM_ValueI32(total);
    return VM_STATUS_OK;
}

static VM_Status is_home(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)caller;
    (void)args;
    results[0] = VM_ValueI32(pthread_equal(((Instance *)instance)->home, pthread_self()) != 0);
    return VM_STATUS_OK;
}

/* Counts in the state that the host keeps, and writes a line to the log: both of the context that calls. */
static VM_Status keep(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    Instance *mine = instance;
    const VM_StateService *state = VM_HostGetStateService(mine->host);
    int64_t now = -1;
    (void)args;
    if (state)
        state->increment(caller->self, "kept", 1, &now);
    VM_HostLog(mine->host, caller->self, VM_LOG_INFO, "keep");
    results[0] = VM_ValueI32((int32_t)now);
    return VM_STATUS_OK;
}

/* Calls the guest's export inner_0, inner_1 and so on. */
static VM_Status call(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    char name[] = "inner_0";
    (void)instance;
    name[6] = (char)(name[6] + args[0].of.i32);
    return VM_CallerCall(caller, name, NULL, 0, results, 1);
}

static VM_Status create(const VM_PluginHost *host, VM_PluginInstance *self, void **instance)
{
    Instance *made;
    if (getenv("LIBVM_TEST_FAIL_CREATE"))
        return VM_HostFail(host, "no more of these");
    made = calloc(1, sizeof *made);
    if (!made)
        return VM_STATUS_OUT_OF_MEMORY;
    made->host = host;
    made->self = self;
    made->home = pthread_self();
    pthread_mutex_init(&made->lock, NULL);
    *instance = made;
    VM_HostLog(host, self, VM_LOG_INFO, "create");
    return VM_STATUS_OK;
}

static void destroy(void *instance)
{
    Instance *mine = instance;
    VM_HostLog(mine->host, mine->self, VM_LOG_INFO, pthread_equal(mine->home, pthread_self()) ? "destroy" : "destroy elsewhere");
    pthread_mutex_destroy(&mine->lock);
    free(mine);
}

static VM_Status initialize(const VM_PluginHost *host, void **data)
{
    *data = (void *)host;
    VM_HostLog(host, NULL, VM_LOG_INFO, "initialize");
    return VM_STATUS_OK;
}

static void cleanup(void *data) { VM_HostLog(data, NULL, VM_LOG_INFO, "cleanup"); }

static const VM_FunctionDescriptor functions[] = {
    VM_FUNCTION("count", "()i", count),     VM_FUNCTION("overlap", "()i", overlap), VM_FUNCTION("total", "()i", get_total),
    VM_FUNCTION("is_home", "()i", is_home), VM_FUNCTION("keep", "()i", keep),       VM_FUNCTION("call", "(i)i", call),
};
static const VM_ModuleDescriptor modules[] = {
    VM_MODULE(MODULE, functions),
};
static const VM_OptionDescriptor options[] = {
    VM_OPTION_INTEGER("level", 1, "Does nothing"),
};
static const VM_PluginDescriptor descriptor =
    VM_PLUGIN_DESCRIPTOR_OF(FLAGS, VM_TABLE(modules), VM_TABLE(options), create, destroy, initialize, cleanup, NULL);
VM_PLUGIN_DESCRIPTOR(NAME, "1.0.0", "Is of any kind", descriptor);
