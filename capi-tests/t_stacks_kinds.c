/* Callbacks of each kind run on the stack of their thread, in a started execution too; only functions that guests call may have another. */
#include "stacks.h"

enum { WORK, PAUSE, TRACE, LIMIT, WRITE, READ, HOOK, FREE, CANCEL, RELEASE };

static int seen[RELEASE + 1];
static VM_Token token;
static VM_Context *hooked;

/* Notes that a callback of a kind was called, on the stack of the thread; it may use as much of it as any. */
static void note(int kind)
{
    seen[kind]++;
    fill();
    CHECK(on_thread_stack());
}

static VM_Status VM_CALL hook(void *user, VM_Event *event)
{
    (void)user;
    (void)event;
    note(HOOK);
    return VM_STATUS_OK;
}

static void VM_CALL free_data(void *user)
{
    (void)user;
    note(FREE);
}

/* An ordinary function, which may be on another stack, and has the library call others. */
static VM_Status VM_CALL work(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)user;
    (void)caller;
    (void)args;
    (void)results;
    seen[WORK]++;
    VM_Event *event = NULL;
    VM_Status answer = 0;
    CHECK_OK(VM_EventCreate("work", &event, &error));
    CHECK_OK(VM_ContextInvokeHooks(hooked, event, &answer, &error));
    VM_EventDelete(event);
    CHECK_OK(VM_ContextSetData(hooked, &token, free_data, &error));
    CHECK_OK(VM_ContextSetData(hooked, NULL, NULL, &error));
    return VM_STATUS_OK;
}

static VM_Status VM_CALL goes_on(void *user, VM_Caller *caller, const VM_Completion *completion, const VM_Value *args, VM_Value *results)
{
    (void)user;
    (void)caller;
    (void)args;
    if (completion->count == 1)
        results[0] = completion->values[0];
    return completion->status;
}

static void VM_CALL cancel(void *user)
{
    (void)user;
    note(CANCEL);
}

static void VM_CALL release(void *user)
{
    (void)user;
    note(RELEASE);
}

static VM_Status VM_CALL pause_(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    VM_Suspension suspension = { sizeof suspension, 0, NULL, goes_on, cancel, release };
    (void)user;
    (void)args;
    (void)results;
    seen[PAUSE]++;
    return VM_CallerSuspend(caller, &suspension, &token);
}

static void VM_CALL trace(void *user, const VM_TraceEvent *event)
{
    (void)user;
    (void)event;
    note(TRACE);
}

static uint64_t VM_CALL ask(void *user, const VM_LimitRequest *request)
{
    (void)user;
    note(LIMIT);
    return request->wanted;
}

static VM_Status VM_CALL write_(void *user, const uint8_t *data, size_t size, size_t *count)
{
    (void)user;
    (void)data;
    note(WRITE);
    *count = size;
    return VM_STATUS_OK;
}

static VM_Status VM_CALL read_(void *user, uint8_t *data, size_t size, size_t *count)
{
    (void)user;
    (void)data;
    (void)size;
    note(READ);
    *count = 0;
    return VM_STATUS_OK;
}

static VM_Context *new_one(VM_Engine *engine, VM_Module *module, VM_HostModule *host)
{
    VM_ContextConfig *config = NULL;
    VM_Context *context = NULL;
    VM_Wasi *wasi = NULL;
    NEED(VM_ContextConfigCreate(&config, &error));
    NEED(VM_ContextConfigSetTrace(config, trace, NULL, NULL, &error));
    NEED(VM_ContextConfigSetMemoryLimit(config, 65536, &error));
    NEED(VM_ContextConfigSetLimitCallback(config, ask, NULL, NULL, &error));
    NEED(VM_ContextCreate(engine, config, &context, &error));
    VM_ContextConfigDelete(config);
    NEED(VM_WasiCreate(&wasi, &error));
    NEED(VM_WasiSetStreamCallback(wasi, VM_WASI_STDOUT, write_, NULL, NULL, &error));
    NEED(VM_WasiSetInputCallback(wasi, read_, NULL, NULL, &error));
    NEED(VM_ContextRegisterWasi(context, wasi, &error));
    VM_WasiDelete(wasi);
    NEED(VM_ContextRegisterModule(context, host, &error));
    NEED(VM_ContextInstantiate(context, module, NULL, &error));
    return context;
}

/* How an execution ends that waits in `pause`. */
typedef enum End { COMPLETED, FAILED, DELETED, CANCELLED, RESET } End;

static void check(VM_Context *context, End end)
{
    VM_Execution *execution = NULL;
    VM_Value value = VM_ValueI32(7);
    memset(seen, 0, sizeof seen);
    CHECK_OK(VM_ContextStart(context, latest(context), "all", NULL, 0, NULL, &execution, &error));
    CHECK_INT(VM_ExecutionGetState(execution), VM_EXECUTION_PENDING);
    CHECK_INT(seen[WORK] * seen[PAUSE] * seen[WRITE] * seen[READ] * seen[HOOK] * seen[FREE], 1);
    CHECK(seen[TRACE] >= 8 && seen[LIMIT] <= 1);
    CHECK_INT(seen[CANCEL] + seen[RELEASE], 0);
    switch (end) {
    case COMPLETED:
        CHECK_OK(VM_Complete(token, &value, 1, &error));
        CHECK_OK(VM_ExecutionPoll(execution, &error));
        break;
    case FAILED:
        CHECK_OK(VM_CompleteWithFailure(token, VM_STATUS_IO, "no", &error));
        CHECK_STATUS(VM_ExecutionPoll(execution, &error), VM_STATUS_IO, NULL);
        break;
    case CANCELLED:
        CHECK_OK(VM_ExecutionCancel(execution, &error));
        CHECK_STATUS(VM_ExecutionPoll(execution, &error), VM_STATUS_CANCELLED, NULL);
        break;
    case RESET:
        CHECK_OK(VM_ContextReset(context, &error));
        break;
    case DELETED:
        break;
    }
    VM_ExecutionDelete(execution);
    CHECK_INT(seen[CANCEL], end > FAILED);
    CHECK_INT(seen[RELEASE], 1);
}

int main(void)
{
    VM_Engine *engine = new_engine();
    VM_Module *module = load(engine, GUEST("stacks_kinds"));
    VM_HostModule *host = new_host("host");
    VM_Context *context;
    NEED(VM_HostModuleAddFunction(host, "work", "()", work, NULL, NULL, &error));
    NEED(VM_HostModuleAddFunction(host, "pause", "()i", pause_, NULL, NULL, &error));
    NEED(VM_HostModuleSetFunctionFlags(host, "pause", VM_FUNCTION_MAY_SUSPEND, &error));
    context = new_one(engine, module, host);
    hooked = new_context(engine);
    NEED(VM_ContextAddHook(hooked, "work", VM_HOOK_FIRST, hook, NULL, NULL, &error));
    for (End end = COMPLETED; end <= RESET; end++)
        check(context, end);
    VM_ContextDelete(context);
    VM_ContextDelete(hooked);
    VM_HostModuleDelete(host);
    VM_ModuleDelete(module);
    VM_EngineDelete(engine);
    return finish();
}
