/*
 * Valid: a hook at `chain` that adds the plug-in's name to `trace`, and then does what the event says under the plug-in's name. It is
 * built under several names (-DNAME="…"), also with -DFLAGS=VM_PLUGIN_THREAD_AFFINE and the like. -DPLUGIN="…" makes it the next
 * version of another one.
 */
#ifndef FLAGS
#define FLAGS 0
#endif
#ifdef PLUGIN
#define PLUGIN_VERSION "2.0.0"
#else
#define PLUGIN NAME
#define PLUGIN_VERSION VERSION
#endif
#include <libvm/plugin.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Instance {
    const VM_PluginHost *host;
    VM_PluginInstance *self;
    VM_Event *kept; /* after its callback */
} Instance;

static int chain_data;

static VM_Status create(const VM_PluginHost *host, VM_PluginInstance *self, void **instance)
{
    Instance *mine = calloc(1, sizeof *mine);
    if (!mine)
        return VM_STATUS_OUT_OF_MEMORY;
    mine->host = host;
    mine->self = self;
    *instance = mine;
    return VM_STATUS_OK;
}

static void destroy(void *instance)
{
    VM_HostLog(((Instance *)instance)->host, NULL, VM_LOG_INFO, "destroy");
    free(instance);
}

static void add(VM_Event *event, const char *what)
{
    const char *trace = "";
    char text[2000];
    VM_EventGetString(event, "trace", &trace);
    snprintf(text, sizeof text, "%s%s ", trace, what);
    VM_EventSetString(event, "trace", text);
}

static VM_Status resume(void *user, VM_Event *event, VM_Status answer, const char *text)
{
    Instance *mine = user;
    add(event, "resumed-" NAME);
    if (event->self != mine->self || event->data != &chain_data)
        return VM_EventFail(event, VM_STATUS_PLUGIN_FAILED, "the event of resume is not that of the hook");
    if (text)
        VM_EventSetString(event, "text", text);
    return answer < 0 ? VM_EventFail(event, answer, text) : answer;
}

static void cancel(void *user) { VM_HostLog(((Instance *)user)->host, NULL, VM_LOG_INFO, "cancel"); }

static void release(void *user) { VM_HostLog(((Instance *)user)->host, NULL, VM_LOG_INFO, "release"); }

static VM_Status pend(Instance *mine, VM_Event *event, bool with_resume, VM_Token *token)
{
    VM_EventSuspension suspension = VM_EVENTSUSPENSION_INIT;
    VM_Status status;
    void *shown;
    suspension.user = mine;
    suspension.resume = with_resume ? resume : NULL;
    suspension.cancel = cancel;
    suspension.release = release;
    status = VM_EventSuspend(event, &suspension, token);
    if (status != VM_STATUS_PENDING)
        return status;
    VM_EventSetInteger(event, "token", (int64_t)*token);
    if (VM_EventGetPointer(event, "shown", &shown) == VM_STATUS_OK)
        *(VM_Token *)shown = *token; /* while it waits, the host cannot read the event */
    return status;
}

static VM_Status on_chain(void *instance, VM_Event *event)
{
    Instance *mine = instance;
    VM_Token token = 0;
    const char *what = "ok";
    int64_t number = 0;
    add(event, NAME);
    if (event->self != mine->self || event->data != &chain_data || !event->id || strcmp(event->point, "chain") != 0)
        return VM_EventFail(event, VM_STATUS_PLUGIN_FAILED, "the event is not as it should be");
    if (VM_EventGetInteger(event, NAME, &number) == VM_STATUS_OK)
        return (VM_Status)number; /* an answer, as it is */
    if (VM_EventGetString(event, NAME, &what) != VM_STATUS_OK)
        return VM_STATUS_OK;
    if (!strcmp(what, "retry")) {
        VM_EventGetInteger(event, "retries", &number);
        VM_EventSetInteger(event, "retries", number - 1);
        return number > 0 ? VM_STATUS_RETRY : VM_STATUS_OK;
    }
    if (!strcmp(what, "fail"))
        return VM_EventFail(event, VM_STATUS_USER - 7, "out of stamps");
    if (!strcmp(what, "type"))
        return VM_EventGetInteger(event, "trace", &number);
    if (!strcmp(what, "pending"))
        return pend(mine, event, false, &token);
    if (!strcmp(what, "resume"))
        return pend(mine, event, true, &token);
    if (!strcmp(what, "twice"))
        return pend(mine, event, false, &token) == VM_STATUS_PENDING ? pend(mine, event, false, &token) : VM_STATUS_INTERNAL;
    if (!strcmp(what, "forgets")) {
        pend(mine, event, false, &token);
        return VM_STATUS_OK;
    }
    if (!strcmp(what, "at once")) {
        pend(mine, event, true, &token);
        VM_Status done = VM_HostCompleteEvent(mine->host, token, VM_STATUS_COMPLETE, "at once");
        return done ? done : VM_STATUS_PENDING;
    }
    if (!strcmp(what, "keep")) {
        mine->kept = event;
        return VM_STATUS_OK;
    }
    if (!strcmp(what, "use")) { /* the number of the failure of what was kept, when the callback had returned */
        const char *text;
        VM_EventSetPointer(event, "kept", mine->kept);
        VM_EventSetInteger(event, "used", mine->kept == event ? 0 : VM_EventGetString(mine->kept, "trace", &text));
        return VM_STATUS_OK;
    }
    return VM_EventFail(event, VM_STATUS_INVALID_ARGUMENT, what);
}

static const VM_Hook hooks[] = {
    VM_HOOK_WITH("chain", on_chain, &chain_data, "does what the event says"),
    VM_HOOK("chian", on_chain),
};
static const VM_HooksExtension extension = VM_HOOKS(hooks);

/* An instance has nothing that another one needs. */
static VM_Status save(void *instance, VM_SnapshotWrite write, void *user)
{
    (void)instance;
    return write(user, "", 0);
}

static VM_Status restore(void *instance, const void *data, size_t size)
{
    (void)instance;
    (void)data;
    return size == 0 ? VM_STATUS_OK : VM_STATUS_INVALID_ARGUMENT;
}

static const VM_SnapshotExtension snapshot = { sizeof(VM_SnapshotExtension), 0, save, restore };

static const void *get_extension(void *data, const char *id)
{
    (void)data;
    if (VM_ExtensionMatches(id, VM_SNAPSHOT_EXTENSION))
        return &snapshot;
    return VM_ExtensionMatches(id, VM_HOOKS_EXTENSION) ? &extension : NULL;
}

static const VM_PluginDescriptor descriptor = {
    VM_PLUGIN_DESCRIPTOR_INIT, .flags = FLAGS, .create = create, .destroy = destroy, .get_extension = get_extension,
};
VM_PLUGIN_DESCRIPTOR(PLUGIN, PLUGIN_VERSION, "Does what the event says", descriptor);
