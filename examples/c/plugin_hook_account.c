/* The third of three plug-ins with hooks: it answers later, from a thread that could ask an accounting service. */
#include <libvm/plugin.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct Request {
    const VM_PluginHost *host;
    VM_Token token;
    bool has_thread;
    pthread_t thread;
} Request;

static void *ask(void *argument)
{
    Request *request = argument;
    VM_HostCompleteEvent(request->host, request->token, VM_STATUS_OK, "2 cents");
    return NULL;
}

static VM_Status resume(void *user, VM_Event *event, VM_Status answer, const char *text)
{
    (void)user;
    (void)event;
    printf("  account: %s\n", text);
    return answer;
}

static void release(void *user)
{
    Request *request = user;
    if (request->has_thread)
        pthread_join(request->thread, NULL);
    free(request);
}

static VM_Status on_job(void *host, VM_Event *event)
{
    VM_EventSuspension suspension = VM_EVENTSUSPENSION_INIT;
    VM_Status status;
    Request *request = calloc(1, sizeof *request);
    if (!request)
        return VM_STATUS_OUT_OF_MEMORY;
    request->host = host;
    suspension.user = request;
    suspension.resume = resume;
    suspension.release = release;
    status = VM_EventSuspend(event, &suspension, &request->token); /* owns the request from now on */
    if (status != VM_STATUS_PENDING)
        return status;
    request->has_thread = pthread_create(&request->thread, NULL, ask, request) == 0;
    return request->has_thread ? VM_STATUS_PENDING : VM_EventFail(event, VM_STATUS_OUT_OF_MEMORY, "no thread can be started");
}

static VM_Status initialize(const VM_PluginHost *host, void **data)
{
    *data = (void *)host; /* what hooks are passed, without a create */
    return VM_STATUS_OK;
}

static const VM_Hook hooks[] = { VM_HOOK("print.job", on_job) };
static const VM_HooksExtension extension = VM_HOOKS(hooks);

static const void *get_extension(void *data, const char *id)
{
    (void)data;
    return VM_ExtensionMatches(id, VM_HOOKS_EXTENSION) ? &extension : NULL;
}

static const VM_PluginDescriptor descriptor = {
    VM_PLUGIN_DESCRIPTOR_INIT, .initialize = initialize, .get_extension = get_extension,
};
VM_PLUGIN_DESCRIPTOR("account", "1.0.0", "Asks for the price of a job", descriptor);
