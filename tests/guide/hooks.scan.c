/* A plug-in whose hook waits for a thread. */
#include <libvm/plugin.h>
#include <pthread.h>
#include <stdlib.h>

struct work {
    const VM_PluginHost *host;
    VM_Token token;
};

static void *run(void *given)
{
    struct work *work = given;
    VM_HostCompleteEvent(work->host, work->token, VM_STATUS_COMPLETE, NULL);
    free(work);
    return NULL;
}

static void enqueue(const void *host, VM_Token token)
{
    struct work *work = malloc(sizeof *work);
    pthread_t thread;
    work->host = host;
    work->token = token;
    pthread_create(&thread, NULL, run, work);
    pthread_detach(thread);
}

#include "answers-that-come-later.c"

static VM_Status create(const VM_PluginHost *host, VM_PluginInstance *self, void **instance)
{
    *instance = (void *)host;
    return VM_STATUS_OK;
}

static const VM_Hook hooks[] = { VM_HOOK("mail.scanned", scan) };
static const VM_HooksExtension mail_hooks = VM_HOOKS(hooks);

static const void *get_extension(void *data, const char *id)
{
    return VM_ExtensionMatches(id, VM_HOOKS_EXTENSION) ? &mail_hooks : NULL;
}

static const VM_PluginDescriptor descriptor = { VM_PLUGIN_DESCRIPTOR_INIT, .create = create, .get_extension = get_extension };
VM_PLUGIN_DESCRIPTOR("scan", "1.0.0", "Scans mail", descriptor);
