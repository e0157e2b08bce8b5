/* Functions that suspend, the event loop and options. */
#include <libvm/plugin.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

typedef struct Instance {
    const VM_PluginHost *host;
    int ticks;
} Instance;

typedef struct Query {
    const VM_PluginHost *host;
    VM_Token token;
} Query;

static Query *new_query(void *instance, const VM_Buffer *name)
{
    Query *query = calloc(1, sizeof *query);
    query->host = ((Instance *)instance)->host;
    return query;
}

static VM_Status use_answer(void *user, VM_Caller *caller, const VM_Completion *completion, const VM_Value *args, VM_Value *results)
{
    memset(args[1].of.buffer.data, 'x', args[1].of.buffer.size);
    results[0] = VM_ValueI32((int32_t)args[1].of.buffer.size);
    return VM_STATUS_OK;
}

static void stop_query(void *user)
{
}

static void free_query(void *user)
{
    free(user);
}

static void *answer(void *given)
{
    Query copy = *(Query *)given;
    VM_HostComplete(copy.host, copy.token, NULL, 0);
    return NULL;
}

static void send_query(Query *query)
{
    static Query copy;
    pthread_t thread;
    copy = *query;
    pthread_create(&thread, NULL, answer, &copy);
    pthread_detach(thread);
}

#include "suspending-the-guest.c"
#include "options.c"

static void on_timer(void *user, uint64_t id)
{
    ((Instance *)user)->ticks++;
}

static VM_Status create(const VM_PluginHost *host, VM_PluginInstance *self, void **made)
{
    Instance *instance = calloc(1, sizeof *instance);
    VM_Status status = VM_STATUS_OK;
    uint64_t id;

    instance->host = host;
#include "the-event-loop.c"
    if (status != VM_STATUS_UNSUPPORTED) /* the host of this test has none */
        abort();
    *made = instance;
    return VM_STATUS_OK;
}

static void destroy(void *instance)
{
    free(instance);
}

static const VM_ModuleDescriptor modules[] = { VM_MODULE("lookup", functions) };
static const VM_PluginDescriptor descriptor = {
    VM_PLUGIN_DESCRIPTOR_INIT, .modules = VM_TABLE(modules), .options = VM_TABLE(options), .create = create, .destroy = destroy,
};
VM_PLUGIN_DESCRIPTOR("lookup", "1.0.0", "Greets", descriptor);
