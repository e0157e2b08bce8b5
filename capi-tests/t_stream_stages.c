/* Stages that are functions of plug-ins and of the host, and stages that wait. */
#include "plugin_files.h"
#include "streams.h"
#include <pthread.h>

static VM_Engine *engine;

/* The plug-in in C, and the same in Rust. */
static void functions_of_plugins_are_stages(const char *file)
{
    Feed feed = { .next = 8, .last = 12, .fields = { { "kind", "new" } }, .field_count = 1 };
    Bin bin = { 0 };
    VM_PluginRegistry *registry = new_registry();
    VM_Plugin *plugin = NULL;
    VM_Context *context = new_context(engine);
    VM_Stream *stream = new_stream(context, &feed, &bin);

    NEED(VM_PluginLoadFromPath(registry, plugin_file(file).text, NULL, &error));
    NEED(VM_PluginRegistryFind(registry, "stage", &plugin, &error));
    CHECK_STATUS(VM_StreamAddPluginStage(stream, plugin, NULL, "mark", 0, &error), VM_STATUS_PLUGIN_NOT_FOUND,
                 "is not registered in the context of the stream");
    NEED(VM_ContextRegisterPlugins(context, registry, &error));
    CHECK_STATUS(VM_StreamAddPluginStage(stream, plugin, NULL, "marc", 0, &error), VM_STATUS_NOT_FOUND, "did you mean `mark`?");
    CHECK_STATUS(VM_StreamAddPluginStage(stream, plugin, "page", "mark", 0, &error), VM_STATUS_NOT_FOUND, "has no module `page`");
    CHECK_STATUS(VM_StreamAddPluginStage(stream, plugin, NULL, "takes", 0, &error), VM_STATUS_WRONG_TYPE,
                 "the function `stage.takes` cannot be a stage of a stream, because it is a function (i32) -> ()");
    CHECK_OK(VM_StreamAddPluginStage(stream, plugin, NULL, "longer", VM_STAGE_BATCHED, &error));
    CHECK_OK(VM_StreamAddPluginStage(stream, plugin, "stage", "mark", 0, &error));
    CHECK_OK(VM_StreamRun(stream, UINT64_MAX, &error));
    CHECK_TEXT(bin.text, " 10 11 12");
    CHECK_TEXT(bin.keys, "kind=new,mark=set");
    CHECK_INT(bin.last.timestamp, 12000);
    CHECK_INT(bin.last.position, 12);
    CHECK_INT(counted(stream).calls, 4);
    VM_StreamDelete(stream);

    feed = (Feed){ .next = 1, .last = 1 };
    stream = new_stream(context, &feed, &bin);
    NEED(VM_StreamAddPluginStage(stream, plugin, NULL, "fail", 0, &error));
    CHECK_STATUS(VM_StreamRun(stream, UINT64_MAX, &error), VM_STATUS_IO, "there is no paper");
    CHECK_TEXT(VM_ErrorGetPluginName(error), "stage");
    VM_StreamDelete(stream);

    feed = (Feed){ .next = 1, .last = 1 };
    stream = new_stream(context, &feed, &bin);
    NEED(VM_StreamAddPluginStage(stream, plugin, NULL, "secret", 0, &error));
    CHECK_STATUS(VM_StreamRun(stream, UINT64_MAX, &error), VM_STATUS_PLUGIN_PERMISSION, "`stage:secret`");
    VM_StreamDelete(stream);
    VM_PluginRelease(plugin);
    VM_ContextDelete(context);
    VM_PluginRegistryDelete(registry);
}

/* The calls that wait for a thread, which completes each. */
typedef struct Clerk {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    VM_Token token;
    bool is_stage, ends;
    int served, refuses;
} Clerk;

static VM_Status VM_CALL clerk_resume(void *user, VM_Caller *caller, const VM_Completion *completion, const VM_Value *args,
                                      VM_Value *results)
{
    VM_StreamEvent event = VM_STREAMEVENT_INIT;
    (void)user, (void)args, (void)results;
    if (completion->status)
        return VM_CallerFail(caller, completion->status, completion->text);
    CHECK_INT(VM_CallerGetEvent(caller, &event), VM_STATUS_OK);
    return VM_CallerEmitEvent(caller, &event);
}

static VM_Status VM_CALL clerk_ask(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    Clerk *clerk = user;
    VM_Suspension suspension = VM_SUSPENSION_INIT;
    VM_Token token;
    VM_Status status;
    (void)args, (void)results;
    suspension.resume = clerk_resume;
    status = VM_CallerSuspend(caller, clerk->is_stage ? &suspension : NULL, &token);
    pthread_mutex_lock(&clerk->lock);
    clerk->token = token;
    pthread_cond_signal(&clerk->changed);
    pthread_mutex_unlock(&clerk->lock);
    return status;
}

static void *serve(void *user)
{
    Clerk *clerk = user;
    pthread_mutex_lock(&clerk->lock);
    while (!clerk->ends) {
        VM_Value yes = VM_ValueI32(1);
        VM_Token token = clerk->token;
        if (!token) {
            pthread_cond_wait(&clerk->changed, &clerk->lock);
            continue;
        }
        clerk->token = 0;
        if (++clerk->served == clerk->refuses)
            CHECK_INT(VM_CompleteWithFailure(token, VM_STATUS_IO, "closed", NULL), VM_STATUS_OK);
        else
            CHECK_INT(VM_Complete(token, &yes, clerk->is_stage ? 0 : 1, NULL), VM_STATUS_OK);
    }
    pthread_mutex_unlock(&clerk->lock);
    return NULL;
}

/* A stage of the host, or a guest whose host function waits, suspends each of its calls. */
static void stages_may_wait(bool is_stage)
{
    Clerk clerk = { .is_stage = is_stage, .refuses = 3 };
    Feed feed = { .next = 1, .last = 5 };
    Bin bin = { 0 };
    pthread_t thread;
    VM_HostModule *host = new_host("host");
    VM_Context *context = new_context(engine);
    VM_Stream *stream = new_stream(context, &feed, &bin);

    pthread_mutex_init(&clerk.lock, NULL);
    pthread_cond_init(&clerk.changed, NULL);
    SURE(pthread_create(&thread, NULL, serve, &clerk) == 0);
    NEED(VM_StreamSetErrorPolicy(stream, VM_ERROR_POLICY_SKIP, &error));
    if (is_stage) {
        NEED(VM_StreamAddCallbackStage(stream, "ask", clerk_ask, &clerk, NULL, VM_STAGE_MAY_SUSPEND, &error));
    } else {
        NEED(VM_HostModuleAddFunction(host, "ask", "()i", clerk_ask, &clerk, NULL, &error));
        NEED(VM_HostModuleSetFunctionFlags(host, "ask", VM_FUNCTION_MAY_SUSPEND, &error));
        NEED(VM_ContextRegisterModule(context, host, &error));
        NEED(VM_ContextRegisterStreamModule(context, &error));
        NEED(VM_StreamAddGuestStage(stream, instantiate(engine, context, GUEST("stream_wait")), "handle", 0, &error));
    }
    CHECK_OK(VM_StreamRun(stream, UINT64_MAX, &error));
    CHECK_TEXT(bin.text, " 1 2 4 5");
    CHECK_INT(counted(stream).skipped, 1);
    CHECK_INT(feed.committed, 5);
    pthread_mutex_lock(&clerk.lock);
    clerk.ends = true;
    pthread_cond_signal(&clerk.changed);
    pthread_mutex_unlock(&clerk.lock);
    pthread_join(thread, NULL);
    CHECK_INT(clerk.served, 5);
    VM_StreamDelete(stream);
    VM_ContextDelete(context);
    VM_HostModuleDelete(host);
}

/* Outside of a stage there is no event. */
static void a_guest_without_a_stage_has_no_event(void)
{
    VM_Context *context = stream_context(engine);
    CHECK_STATUS(VM_ContextExecute(context, latest(context), "copy", NO_VALUES, NO_VALUES, &error), VM_STATUS_NOT_FOUND,
                 "host function `libvm_stream.event_size` failed: no event is handled");
    VM_ContextDelete(context);
    context = new_context(engine);
    VM_Module *module = load(engine, GUEST("stream"));
    CHECK_STATUS(VM_ContextInstantiate(context, module, NULL, &error), VM_STATUS_UNRESOLVED_IMPORT, "(VM_ContextRegisterStreamModule)");
    VM_ModuleDelete(module);
    VM_ContextDelete(context);
}

int main(void)
{
    engine = new_engine();
    functions_of_plugins_are_stages("stage");
    functions_of_plugins_are_stages("stage_rust");
    stages_may_wait(true);
    stages_may_wait(false);
    a_guest_without_a_stage_has_no_event();
    VM_EngineDelete(engine);
    return finish();
}
