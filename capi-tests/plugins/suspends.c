/*
 * Valid: suspends its guests, and completes the calls from threads of its own. It logs what is called of a suspension, with the
 * place if that is not the instance's thread. The command line selects the kind (-DFLAGS=VM_PLUGIN_THREAD_AFFINE).
 */
#ifndef FLAGS
#define FLAGS 0
#endif
#define VM_PLUGIN_MODULES "suspends"
#define VM_PLUGIN_FLAGS VM_PLUGIN_UNLOADABLE
#include <libvm/plugin.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

typedef struct Instance {
    const VM_PluginHost *host;
    VM_PluginInstance *self;
    pthread_t home;
} Instance;

/* One call that waits. */
typedef struct Job {
    Instance *instance;
    VM_Token token;
    int32_t number;
    bool has_thread;
    atomic_bool cancelled;
    pthread_t thread;
} Job;

static void say(const Instance *mine, const char *what, const char *elsewhere)
{
    bool is_home = pthread_equal(mine->home, pthread_self()) != 0;
    VM_HostLog(mine->host, NULL, VM_LOG_INFO, is_home || !(FLAGS & VM_PLUGIN_THREAD_AFFINE) ? what : elsewhere);
}

static VM_Status suspend(Instance *instance, VM_Caller *caller, int32_t number);

static int function_data;

/* 7777 suspends again, with a job of its own. */
static VM_Status resume(void *user, VM_Caller *caller, const VM_Completion *completion, const VM_Value *args, VM_Value *results)
{
    Job *job = user;
    say(job->instance, "resume", "resume elsewhere");
    if (caller->self != job->instance->self || caller->data != &function_data)
        return VM_CallerFail(caller, VM_STATUS_PLUGIN_FAILED, "the caller of resume is not that of the function");
    if (job->number == 7777)
        return suspend(job->instance, caller, 1);
    if (completion->status)
        return VM_CallerFail(caller, completion->status, completion->text);
    results[0] = VM_ValueI32(completion->values[0].of.i32 + args[0].of.i32);
    return VM_STATUS_OK;
}

static void cancel(void *user)
{
    Job *job = user;
    say(job->instance, "cancel", "cancel elsewhere");
    job->cancelled = true;
}

static void release(void *user)
{
    Job *job = user;
    if (job->has_thread)
        pthread_join(job->thread, NULL);
    say(job->instance, "release", "release elsewhere");
    free(job);
}

static void *complete(void *user)
{
    Job *job = user;
    const VM_PluginHost *host = job->instance->host;
    VM_Value value = VM_ValueI32(job->number);
    VM_Value wrong = VM_ValueFuncRef(VM_RefNull());
    if (job->number == 9999) { /* too late */
        while (!job->cancelled)
            ;
        if (VM_HostComplete(host, job->token, &value, 1) != VM_STATUS_STALE)
            VM_HostLog(host, NULL, VM_LOG_ERROR, "completed twice");
        return NULL;
    }
    while (job->number == 8888 && access(getenv("LIBVM_TEST_MARK"), F_OK) != 0)
        ;
    if (job->number < 0) {
        VM_HostCompleteWithFailure(host, job->token, VM_STATUS_USER + job->number, "no luck");
        return NULL;
    }
    if (VM_HostComplete(host, job->token, &wrong, 1) != VM_STATUS_WRONG_TYPE
        || VM_HostComplete(host, job->token, NULL, 1) != VM_STATUS_NULL_ARGUMENT
        || VM_HostCompleteWithFailure(host, job->token, VM_STATUS_OK, NULL) != VM_STATUS_INVALID_ARGUMENT
        || VM_HostComplete(host, 0, &value, 1) != VM_STATUS_STALE || VM_HostComplete(host, job->token, &value, 1) != VM_STATUS_OK
        || VM_HostComplete(host, job->token, &value, 1) != VM_STATUS_STALE)
        VM_HostLog(host, NULL, VM_LOG_ERROR, "the service of suspension fails");
    return NULL;
}

/* The result is twice the argument; a negative one fails, 0 and 9999 never end, and 8888 waits for a mark of the test. */
static VM_Status wait_for(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)results;
    return suspend(instance, caller, args[0].of.i32);
}

static VM_Status suspend(Instance *instance, VM_Caller *caller, int32_t number)
{
    Job *job = calloc(1, sizeof *job);
    VM_Suspension suspension = { sizeof suspension, 0, job, resume, cancel, release };
    if (!job)
        return VM_STATUS_OUT_OF_MEMORY;
    job->instance = instance;
    job->number = number;
    VM_Status status = VM_CallerSuspend(caller, &suspension, &job->token);
    if (status != VM_STATUS_PENDING || job->number == 0)
        return status;
    job->has_thread = pthread_create(&job->thread, NULL, complete, job) == 0;
    return job->has_thread ? status : VM_STATUS_OUT_OF_MEMORY;
}

/* Whether the clocks go forward, and the date is after 2020. */
static VM_Status clocks(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    const VM_PluginHost *host = ((Instance *)instance)->host;
    const VM_ClockService *service = VM_HostGetClockService(host);
    uint64_t before = VM_HostGetMonotonicTime(host), now = before;
    (void)caller;
    (void)args;
    for (int i = 0; i < 1000000 && now == before; i++)
        now = VM_HostGetMonotonicTime(host);
    results[0] = VM_ValueI32(service && now > before && VM_HostGetWallTime(host) > INT64_C(1577836800000000000));
    return VM_STATUS_OK;
}

static VM_Status create(const VM_PluginHost *host, VM_PluginInstance *self, void **instance)
{
    Instance *mine = calloc(1, sizeof *mine);
    if (!mine)
        return VM_STATUS_OUT_OF_MEMORY;
    mine->host = host;
    mine->self = self;
    mine->home = pthread_self();
    *instance = mine;
    return VM_STATUS_OK;
}

static void destroy(void *instance)
{
    say(instance, "destroy", "destroy elsewhere");
    free(instance);
}

static const VM_FunctionDescriptor functions[] = {
    VM_FUNCTION_WITH("wait", "(i)i", wait_for, &function_data, VM_FUNCTION_MAY_SUSPEND | VM_FUNCTION_THREAD_STACK, NULL, "Waits."),
    VM_FUNCTION_WITH("wait_unflagged", "(i)i", wait_for, NULL, VM_FUNCTION_MAY_BLOCK, NULL, NULL),
    VM_FUNCTION("clocks", "()i", clocks),
};
static const VM_ModuleDescriptor modules[] = { VM_MODULE("suspends", functions) };
static const VM_PluginDescriptor descriptor = {
    .size = sizeof descriptor,
    .flags = FLAGS,
    .modules = VM_TABLE(modules),
    .create = create,
    .destroy = destroy,
};
VM_PLUGIN_DESCRIPTOR(NAME, VERSION, "Suspends its guests", descriptor);
