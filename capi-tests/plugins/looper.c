/* Uses the event loop: a timer of its own from initialize to cleanup, and timers, watches and posts for its guests. */
#define _POSIX_C_SOURCE 200809L
#ifndef FLAGS
#define FLAGS 0
#endif
#define VM_PLUGIN_MODULES "looper"
#define VM_PLUGIN_FLAGS VM_PLUGIN_UNLOADABLE
#include <libvm/plugin.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

typedef struct Instance {
    const VM_PluginHost *host;
    const VM_LoopService *loop;
    uint64_t timer, watch;
    atomic_int calls;
} Instance;

static void mark(const char *text)
{
    FILE *file = fopen(getenv("LIBVM_TEST_MARK"), "a");
    if (file) {
        fprintf(file, "%s ", text);
        fclose(file);
    }
}

static void tick(void *user, uint64_t id)
{
    (void)user;
    (void)id;
}

static void free_own(void *text) { mark(text); }

static void late(void *user, uint64_t id) { (void)user, (void)id; mark("never"); }

static VM_Status initialize(const VM_PluginHost *host, void **data)
{
    const VM_LoopService *loop = VM_HostGetLoopService(host);
    *data = (void *)host;
    if (!loop || !VM_HAS(loop, post))
        return VM_HostFail(host, "there is no service of the loop");
    if (getenv("LIBVM_TEST_NEED_LOOP"))
        return loop->start_timer(host, 0, 1, tick, NULL, NULL, NULL);
    switch (loop->start_timer(host, 0, 1, tick, "freed", free_own, NULL)) {
    case VM_STATUS_OK:
        return loop->start_timer(host, 3600000, 0, late, "freed", free_own, NULL);
    case VM_STATUS_UNSUPPORTED:
        mark("unsupported");
        return VM_STATUS_OK;
    default:
        return VM_HostFail(host, "another answer");
    }
}

/* What was left has ended before; nothing more can be started. */
static void cleanup(void *data)
{
    const VM_PluginHost *host = data;
    const VM_LoopService *loop = VM_HostGetLoopService(host);
    mark(loop->start_timer(host, 0, 0, late, "ended", free_own, NULL) == VM_STATUS_STALE ? "cleanup" : "not ended");
}

static VM_Status create(const VM_PluginHost *host, VM_PluginInstance *self, void **instance)
{
    Instance *made = calloc(1, sizeof *made);
    (void)self;
    if (!made)
        return VM_STATUS_OUT_OF_MEMORY;
    made->host = host;
    made->loop = VM_HostGetLoopService(host);
    *instance = made;
    return VM_STATUS_OK;
}

static void destroy(void *instance)
{
    Instance *here = instance;
    here->loop->cancel_timer(here->host, here->timer);
    here->loop->unwatch(here->host, here->watch);
    free(here);
}

static void on_timer(void *instance, uint64_t id)
{
    Instance *here = instance;
    here->calls += id == here->timer ? 1 : 1000;
}

static void on_post(void *instance) { ((Instance *)instance)->calls += 10; }

static void on_ready(void *instance, uint64_t id, VM_LoopEvents events)
{
    Instance *here = instance;
    here->calls += id == here->watch && events == VM_LOOP_READABLE ? 100 : 1000;
}

static VM_Status start(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    Instance *here = instance;
    (void)caller;
    results[0] = VM_ValueI32(here->loop->start_timer(here->host, (uint64_t)args[0].of.i32, (uint64_t)args[1].of.i32, on_timer, here, NULL,
                                                     &here->timer));
    return VM_STATUS_OK;
}

static VM_Status watch(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    Instance *here = instance;
    (void)caller;
    results[0] = VM_ValueI32(here->loop->watch(here->host, args[0].of.i32, VM_LOOP_READABLE, on_ready, here, NULL, &here->watch));
    return VM_STATUS_OK;
}

static VM_Status cancel(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    Instance *here = instance;
    (void)caller;
    (void)args;
    results[0] = VM_ValueI32(here->loop->cancel_timer(here->host, here->timer));
    return VM_STATUS_OK;
}

static VM_Status unwatch(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    Instance *here = instance;
    (void)caller;
    (void)args;
    results[0] = VM_ValueI32(here->loop->unwatch(here->host, here->watch));
    return VM_STATUS_OK;
}

static VM_Status post(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    Instance *here = instance;
    (void)caller;
    (void)args;
    results[0] = VM_ValueI32(here->loop->post(here->host, on_post, here, NULL));
    return VM_STATUS_OK;
}

static VM_Status count(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    Instance *here = instance;
    (void)caller;
    (void)args;
    results[0] = VM_ValueI32(here->calls);
    return VM_STATUS_OK;
}

static const VM_FunctionDescriptor functions[] = {
    VM_FUNCTION("start", "(ii)i", start), VM_FUNCTION("cancel", "()i", cancel), VM_FUNCTION("watch", "(i)i", watch),
    VM_FUNCTION("unwatch", "()i", unwatch), VM_FUNCTION("post", "()i", post), VM_FUNCTION("count", "()i", count),
};
static const VM_ModuleDescriptor modules[] = {
    VM_MODULE("looper", functions),
};
static const VM_PluginDescriptor descriptor = {
    VM_PLUGIN_DESCRIPTOR_INIT, .flags = FLAGS, .modules = VM_TABLE(modules), .create = create, .destroy = destroy, .initialize = initialize,
    .cleanup = cleanup,
};
VM_PLUGIN_DESCRIPTOR(NAME, "1.0.0", "Uses the event loop", descriptor);
