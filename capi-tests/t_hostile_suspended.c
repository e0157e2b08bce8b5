/* Guests that are suspended, and limits: calls that the host starts for a guest without end, and memory that is wanted afterwards. */
#include "test.h"
#include <pthread.h>

enum { PAGE = 65536, DEPTH = 6, TIMES = 50 };

static VM_Engine *engine;
static VM_Context *context;
static VM_Token token;
static int started, resumed, cancelled;
static bool swallows;
static pthread_t asker;
static int asked;

static VM_Status VM_CALL has_returned(void *user, VM_Caller *caller, const VM_Completion *completion, const VM_Value *args,
                                      VM_Value *results)
{
    (void)user;
    (void)caller;
    (void)args;
    (void)results;
    resumed++;
    CHECK_INT(completion->status, swallows && resumed > 1 ? VM_STATUS_OK : VM_STATUS_RECURSION_LIMIT);
    return swallows ? VM_STATUS_OK : completion->status;
}

static void VM_CALL is_cancelled(void *user) { ++*(int *)user; }

/* Starts the guest again, which calls this again. */
static VM_Status VM_CALL deeper(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    VM_Suspension suspension = VM_SUSPENSION_INIT;
    VM_Ref function;
    VM_Token unused;
    VM_Status status = VM_CallerGetExport(caller, "deep", &function);
    (void)args;
    (void)results;
    if (status)
        return status;
    suspension.user = user;
    suspension.resume = has_returned;
    suspension.cancel = is_cancelled;
    started++;
    return VM_CallerStartCall(caller, function, NULL, 0, &suspension, &unused);
}

static VM_Status VM_CALL wait(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)user;
    (void)args;
    (void)results;
    return VM_CallerSuspend(caller, NULL, &token);
}

static uint64_t VM_CALL ask(void *user, const VM_LimitRequest *request)
{
    (void)user;
    asked++;
    asker = pthread_self();
    CHECK_INT(request->wanted, 2 * PAGE);
    return request->wanted;
}

static void make(void)
{
    VM_ContextConfig *config = NULL;
    VM_HostModule *host = new_host("host");
    NEED(VM_HostModuleAddFunction(host, "deeper", "()", deeper, &cancelled, NULL, &error));
    NEED(VM_HostModuleAddFunction(host, "wait", "()", wait, NULL, NULL, &error));
    NEED(VM_HostModuleSetFunctionFlags(host, "deeper", VM_FUNCTION_MAY_SUSPEND | VM_FUNCTION_REENTERS, &error));
    NEED(VM_HostModuleSetFunctionFlags(host, "wait", VM_FUNCTION_MAY_SUSPEND, &error));
    NEED(VM_ContextConfigCreate(&config, &error));
    NEED(VM_ContextConfigSetCallDepthLimit(config, DEPTH, &error));
    NEED(VM_ContextConfigSetMemoryLimit(config, PAGE, &error));
    NEED(VM_ContextConfigSetLimitCallback(config, ask, NULL, NULL, &error));
    NEED(VM_ContextCreate(engine, config, &context, &error));
    VM_ContextConfigDelete(config);
    NEED(VM_ContextRegisterModule(context, host, &error));
    VM_HostModuleDelete(host);
    instantiate(engine, context, GUEST("limits_suspended"));
}

/* The pile of suspended calls is bounded like calls on the native stack, and all of it is told. */
static void without_end(void)
{
    swallows = false;
    for (int i = 0; i < TIMES; i++) {
        CHECK_STATUS(VM_ContextExecute(context, latest(context), "deep", NO_VALUES, NULL, 0, &error), VM_STATUS_RECURSION_LIMIT,
                     "host and guest would call each other 7 deep, and the limit of the context is 6");
        CHECK_INT(started, DEPTH * (i + 1));
        CHECK_INT(resumed + cancelled, started);
    }
    started = resumed = cancelled = 0;
    swallows = true;
    CHECK_OK(VM_ContextExecute(context, latest(context), "deep", NO_VALUES, NULL, 0, &error));
    CHECK_INT(started, DEPTH);
    CHECK_INT(resumed, DEPTH);
}

static void *poll_it(void *execution)
{
    CHECK_OK(VM_ExecutionPoll(execution, &error));
    forget_error();
    return NULL;
}

/* The callback is asked on the thread that polls. */
static void memory_afterwards(void)
{
    VM_Execution *execution = NULL;
    VM_Value result;
    pthread_t thread;
    NEED(VM_ContextStart(context, latest(context), "grow_after", NO_VALUES, NULL, &execution, &error));
    CHECK_INT(VM_ExecutionGetState(execution), VM_EXECUTION_PENDING);
    CHECK_INT(asked, 0);
    CHECK_OK(VM_Complete(token, NULL, 0, &error));
    CHECK_INT(pthread_create(&thread, NULL, poll_it, execution), 0);
    CHECK_INT(pthread_join(thread, NULL), 0);
    CHECK_INT(asked, 1);
    CHECK(pthread_equal(asker, thread));
    CHECK_OK(VM_ExecutionGetResults(execution, &result, 1, &error));
    CHECK_INT(result.of.i32, 1);
    VM_ExecutionDelete(execution);
}

int main(void)
{
    engine = new_engine();
    make();
    without_end();
    memory_afterwards();
    VM_ContextDelete(context);
    VM_EngineDelete(engine);
    return finish();
}
