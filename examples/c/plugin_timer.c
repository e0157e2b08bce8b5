/*
 * A plug-in with a timer: its host function suspends the guest, and a timer of the host's event loop completes the call.
 *
 *     cc -shared -fPIC -fvisibility=hidden plugin_timer.c -o timer.so $(pkg-config --cflags libvm)
 *
 * The thread of the guest is free meanwhile: thousands of guests may sleep on it.
 */
#include <libvm/plugin.h>
#include <stdlib.h>

typedef struct Nap {
    const VM_PluginHost *host;
    VM_Token token;
    uint64_t timer;
} Nap;

/* On the thread of the loop. After the completion the nap belongs to the thread of the guest. */
static void wake(void *user, uint64_t id)
{
    Nap *nap = user;
    (void)id;
    VM_HostComplete(nap->host, nap->token, NULL, 0);
}

/* The execution was cancelled, reached its timeout, or its context was deleted. */
static void cancel(void *user)
{
    Nap *nap = user;
    VM_HostGetLoopService(nap->host)->cancel_timer(nap->host, nap->timer);
}

static VM_Status sleep_ms(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    const VM_PluginHost *host = instance; /* without a create function it is the data of initialize */
    VM_Suspension suspension = { (uint32_t)sizeof suspension, 0, NULL, NULL, cancel, free };
    Nap *nap = calloc(1, sizeof *nap);
    VM_Status status;
    (void)results;
    if (!nap)
        return VM_STATUS_OUT_OF_MEMORY;
    nap->host = host;
    suspension.user = nap;
    status = VM_CallerSuspend(caller, &suspension, &nap->token);
    if (status != VM_STATUS_PENDING)
        return status; /* the nap was freed */
    status = VM_HostGetLoopService(host)->start_timer(host, (uint32_t)args[0].of.i32, 0, wake, nap, NULL, &nap->timer);
    return status == VM_STATUS_OK ? VM_STATUS_PENDING : status; /* a failure frees the nap */
}

static VM_Status initialize(const VM_PluginHost *host, void **data)
{
    if (!VM_HostGetLoopService(host))
        return VM_HostFail(host, "the host is too old: it has no event loop");
    *data = (void *)host;
    return VM_STATUS_OK;
}

static const VM_FunctionDescriptor functions[] = {
    VM_FUNCTION_WITH("sleep", "(i)", sleep_ms, NULL, VM_FUNCTION_MAY_SUSPEND, NULL, "Sleeps for some milliseconds"),
};
static const VM_ModuleDescriptor modules[] = {
    VM_MODULE("timer", functions),
};
static const VM_PluginDescriptor descriptor = {
    VM_PLUGIN_DESCRIPTOR_INIT,
    .modules = VM_TABLE(modules),
    .initialize = initialize,
};
VM_PLUGIN_DESCRIPTOR("timer", "1.0.0", "Lets guests sleep", descriptor);
