/* NULL for executions, queues, and the limits, fuel and cancel numbers of executions. */
#include "null.h"

static VM_Engine *engine;
static VM_Context *context;
static VM_Instance instance;
static VM_Func func;
static VM_Execution *execution;
static atomic_int freed;

static VM_Status VM_CALL park(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)user;
    (void)caller;
    (void)args;
    results[0] = VM_ValueI32(4);
    return VM_STATUS_OK;
}

static void VM_CALL ended(void *user, VM_Execution *which)
{
    CHECK(which == execution);
    ++*(atomic_int *)user;
}

static void starts(void)
{
    VM_Module *module = load(engine, GUEST("everything"));
    VM_Execution *started = NULL;
    IS_NULL(VM_ContextStart(NULL, instance, "park", NO_VALUES, NULL, &started, &error), "context");
    IS_NULL(VM_ContextStart(context, instance, NULL, NO_VALUES, NULL, &started, &error), "name");
    IS_NULL(VM_ContextStart(context, instance, "add", NULL, 2, NULL, &started, &error), "args");
    IS_NULL(VM_ContextStart(context, instance, "park", NO_VALUES, NULL, NULL, &error), "execution");
    IS_BAD_TEXT(VM_ContextStart(context, instance, BAD_TEXT, NO_VALUES, NULL, &started, &error), "name");
    IS_NULL(VM_FuncStart(NULL, func, NO_VALUES, NULL, &started, &error), "context");
    IS_NULL(VM_FuncStart(context, func, NULL, 2, NULL, &started, &error), "args");
    IS_NULL(VM_FuncStart(context, func, NO_VALUES, NULL, NULL, &error), "execution");
    IS_NULL(VM_ContextStartInstantiate(NULL, module, NULL, &started, &error), "context");
    IS_NULL(VM_ContextStartInstantiate(context, NULL, NULL, &started, &error), "module");
    IS_NULL(VM_ContextStartInstantiate(context, module, NULL, NULL, &error), "execution");
    CHECK(started == NULL);
    CHECK_INT(VM_ContextStart(NULL, instance, "park", NO_VALUES, NULL, &started, NULL), VM_STATUS_NULL_ARGUMENT);
    VM_ModuleDelete(module);
}

static void executions(void)
{
    VM_Instance found;
    VM_Value result;
    int32_t code;
    NEED(VM_FuncStart(context, func, NO_VALUES, NULL, &execution, &error));
    IS_NULL(VM_ExecutionPoll(NULL, &error), "execution");
    IS_NULL(VM_ExecutionWait(NULL, 0, &error), "execution");
    CHECK_INT(VM_ExecutionGetState(NULL), 0);
    IS_NULL(VM_ExecutionCancel(NULL, &error), "execution");
    IS_NULL(VM_ExecutionGetResults(NULL, &result, 1, &error), "execution");
    IS_NULL(VM_ExecutionGetResults(execution, NULL, 1, &error), "results");
    IS_NULL(VM_ExecutionGetExitCode(NULL, &code, &error), "execution");
    IS_NULL(VM_ExecutionGetExitCode(execution, NULL, &error), "code");
    IS_NULL(VM_ExecutionGetInstance(NULL, &found, &error), "execution");
    IS_NULL(VM_ExecutionGetInstance(execution, NULL, &error), "instance");
    IS_NULL(VM_ExecutionSetData(NULL, &freed, count_free, &error), "execution");
    CHECK_INT(freed, 1);
    CHECK_OK(VM_ExecutionSetData(execution, NULL, NULL, &error));
    CHECK(VM_ExecutionGetData(execution) == NULL);
    CHECK(VM_ExecutionGetData(NULL) == NULL);
    IS_NULL(VM_ExecutionSetCallback(NULL, ended, &freed, count_free, &error), "execution");
    CHECK_INT(freed, 2);
    CHECK_OK(VM_ExecutionSetCallback(execution, NULL, &freed, count_free, &error));
    CHECK_INT(freed, 3);
    CHECK_OK(VM_ExecutionSetCallback(execution, ended, &freed, NULL, &error));
    CHECK_INT(freed, 4);
    VM_ExecutionDelete(execution);
    VM_ExecutionDelete(NULL);
}

static void queues(void)
{
    IS_NULL(VM_QueueCreate(NULL, &error), "queue");
    CHECK_INT(VM_QueueGetHandle(NULL), -1);
    CHECK(VM_QueueNext(NULL) == NULL);
    IS_NULL(VM_QueueWait(NULL, 0, &error), "queue");
    VM_QueueDelete(NULL);
}

static void limits(void)
{
    uint64_t number;
    IS_NULL(VM_EngineConfigSetInterruptible(NULL, true, &error), "config");
    IS_NULL(VM_EngineConfigSetFuelMetering(NULL, true, &error), "config");
    IS_NULL(VM_EngineConfigSetBacktraces(NULL, true, &error), "config");
    IS_NULL(VM_ContextConfigSetMayBlock(NULL, false, &error), "config");
    IS_NULL(VM_ContextSetTimeout(NULL, 1, &error), "context");
    IS_NULL(VM_ContextSetComputeLimit(NULL, 1, &error), "context");
    IS_NULL(VM_ContextSetSlice(NULL, 1, &error), "context");
    IS_NULL(VM_ContextSetFuel(NULL, 1, &error), "context");
    IS_NULL(VM_ContextAddFuel(NULL, 1, &error), "context");
    IS_NULL(VM_ContextGetFuel(NULL, &number, &error), "context");
    IS_NULL(VM_ContextGetFuel(context, NULL, &error), "units");
    IS_NULL(VM_ContextGetCancelId(NULL, &number, &error), "context");
    IS_NULL(VM_ContextGetCancelId(context, NULL, &error), "id");
    CHECK_STATUS(VM_Cancel(0, &error), VM_STATUS_STALE, "0 is not the number of an execution of this library");
}

int main(void)
{
    VM_HostModule *host = new_host("host");
    engine = new_engine();
    context = new_context(engine);
    NEED(VM_HostModuleAddFunction(host, "park", "()i", park, NULL, NULL, &error));
    NEED(VM_ContextRegisterModule(context, host, &error));
    instance = instantiate(engine, context, GUEST("everything"));
    NEED(VM_InstanceFindFunction(context, instance, "park", &func, &error));
    starts();
    executions();
    queues();
    limits();
    VM_HostModuleDelete(host);
    VM_ContextDelete(context);
    VM_EngineDelete(engine);
    return finish();
}
