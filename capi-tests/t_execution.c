/* Executions on one thread, without a queue: they are started, suspended, polled, waited for, and end. */
#include "executions.h"

static VM_Module *module;
static Sleeper sleeper;

static void ends_while_it_starts(void)
{
    VM_Execution *execution = NULL;
    atomic_int freed = 0;
    NEED(VM_ContextStart(sleeper.context, sleeper.instance, "add", VALUES(VM_ValueI32(3), VM_ValueI32(4)), NULL, &execution, &error));
    CHECK_STATE(execution, VM_EXECUTION_DONE);
    CHECK_INT(result_of(execution), 7);
    CHECK_INT(result_of(execution), 7);
    CHECK_STATUS(VM_ExecutionGetResults(execution, NULL, 0, &error), VM_STATUS_WRONG_COUNT,
                 "the execution has 1 result, but room for 0 results was passed");
    CHECK_OK(VM_ExecutionPoll(execution, &error));
    CHECK_OK(VM_ExecutionWait(execution, 0, &error));
    CHECK_STATUS(VM_ExecutionCancel(execution, &error), VM_STATUS_STALE, "the execution, a call of `add`, has already ended");
    CHECK_STATUS(VM_ExecutionGetInstance(execution, &(VM_Instance){ 0 }, &error), VM_STATUS_NOT_FOUND,
                 "the execution, a call of `add`, creates no instance");
    /* The callback of an execution that has ended is called at once. */
    CHECK_OK(VM_ExecutionSetCallback(execution, count_end, &sleeper, NULL, &error));
    CHECK_INT(sleeper.ended, 1);
    CHECK_OK(VM_ExecutionSetData(execution, &freed, count_free, &error));
    CHECK(VM_ExecutionGetData(execution) == &freed);
    CHECK_OK(VM_ExecutionSetData(execution, &freed, count_free, &error));
    CHECK_INT(freed, 1);
    VM_ExecutionDelete(execution);
    CHECK_INT(freed, 2);
    sleeper.ended = 0;
}

static void goes_on_when_it_is_completed(void)
{
    VM_Value value;
    int32_t code;
    start(&sleeper, "nap", 30, NULL);
    CHECK_INT(sleeper.argument, 30);
    for (int i = 0; i < 3; i++) {
        CHECK_STATE(sleeper.execution, VM_EXECUTION_PENDING);
        CHECK_OK(VM_ExecutionPoll(sleeper.execution, &error));
    }
    CHECK_STATUS(VM_ExecutionWait(sleeper.execution, 0, &error), VM_STATUS_WOULD_BLOCK,
                 "the execution has not ended within 0 milliseconds; it can be waited for again");
    CHECK_STATUS(VM_ExecutionWait(sleeper.execution, 1, &error), VM_STATUS_WOULD_BLOCK, "within 1 millisecond;");
    CHECK_STATUS(VM_ExecutionGetResults(sleeper.execution, &value, 1, &error), VM_STATUS_BUSY,
                 "the execution, a call of `nap`, is unfinished; poll it until it has ended");
    CHECK_STATUS(VM_ExecutionGetExitCode(sleeper.execution, &code, &error), VM_STATUS_BUSY, "is unfinished");
    complete(&sleeper, 41);
    CHECK_STATE(sleeper.execution, VM_EXECUTION_READY);
    CHECK_INT(sleeper.ended, 0);
    CHECK_OK(VM_ExecutionPoll(sleeper.execution, &error));
    CHECK_STATE(sleeper.execution, VM_EXECUTION_DONE);
    CHECK_INT(sleeper.ended, 1);
    CHECK_INT(result_of(sleeper.execution), 42);
    CHECK_OK(VM_ExecutionGetExitCode(sleeper.execution, &code, &error));
    CHECK_INT(code, 0);
    CHECK_INT(sleeper.released, 1);
    CHECK_INT(sleeper.cancelled, 0);
    VM_ExecutionDelete(sleeper.execution);
}

static void waits_many_times_and_deeply(void)
{
    start(&sleeper, "naps", 50, NULL);
    for (int i = 50; i > 0; i--) {
        CHECK_INT(sleeper.argument, i);
        complete(&sleeper, i);
        CHECK_OK(VM_ExecutionPoll(sleeper.execution, &error));
    }
    CHECK_INT(result_of(sleeper.execution), 50 * 51 / 2);
    VM_ExecutionDelete(sleeper.execution);
    start(&sleeper, "deep", 500, NULL);
    complete(&sleeper, 3);
    CHECK_OK(VM_ExecutionWait(sleeper.execution, UINT64_MAX, &error));
    CHECK_INT(result_of(sleeper.execution), 503);
    VM_ExecutionDelete(sleeper.execution);
    /* A host function that is an export itself. */
    start(&sleeper, "wait", 6, NULL);
    CHECK_STATE(sleeper.execution, VM_EXECUTION_PENDING);
    complete(&sleeper, 7);
    CHECK_OK(VM_ExecutionPoll(sleeper.execution, &error));
    CHECK_INT(result_of(sleeper.execution), 7);
    VM_ExecutionDelete(sleeper.execution);
}

static void fails(void)
{
    VM_Value value;
    start(&sleeper, "trap", 1, NULL);
    complete(&sleeper, 0);
    sleeper.ended = 0;
    CHECK_STATUS(VM_ExecutionPoll(sleeper.execution, &error), VM_STATUS_TRAP, "in `trap`:");
    CHECK_INT(VM_ErrorGetTrapCode(error), VM_TRAP_UNREACHABLE);
    CHECK_STATE(sleeper.execution, VM_EXECUTION_FAILED);
    CHECK_INT(sleeper.ended, 1);
    CHECK_STATUS(VM_ExecutionPoll(sleeper.execution, &error), VM_STATUS_TRAP, "in `trap`:");
    CHECK_STATUS(VM_ExecutionWait(sleeper.execution, 0, &error), VM_STATUS_TRAP, "in `trap`:");
    CHECK_STATUS(VM_ExecutionGetResults(sleeper.execution, &value, 1, &error), VM_STATUS_TRAP, "in `trap`:");
    VM_ExecutionDelete(sleeper.execution);
    start(&sleeper, "nap", 1, NULL);
    CHECK_OK(VM_CompleteWithFailure(sleeper.token, VM_STATUS_USER - 3, "nothing came", &error));
    CHECK_STATUS(VM_ExecutionPoll(sleeper.execution, &error), VM_STATUS_USER - 3, "nothing came");
    VM_ExecutionDelete(sleeper.execution);
}

/* What cannot start is refused; there is no execution. */
static void does_not_start(void)
{
    VM_Context *context = sleeper.context;
    VM_Execution *execution = NULL;
    VM_Module *other = NULL;
    VM_Engine *foreign = new_engine();
    VM_Func func;
    VM_Func null = { 0 };
    CHECK_STATUS(VM_ContextStart(context, sleeper.instance, "none", NO_VALUES, NULL, &execution, &error), VM_STATUS_NOT_FOUND, "none");
    CHECK_STATUS(VM_ContextStart(context, sleeper.instance, "memory", NO_VALUES, NULL, &execution, &error), VM_STATUS_WRONG_TYPE, "memory");
    CHECK_STATUS(VM_ContextStart(context, sleeper.instance, "nap", NO_VALUES, NULL, &execution, &error), VM_STATUS_WRONG_COUNT,
                 "cannot call `nap`: the function (i32) -> (i32) takes 1 argument");
    CHECK_STATUS(VM_ContextStart(context, sleeper.instance, "nap", VALUES(VM_ValueI64(1)), NULL, &execution, &error),
                 VM_STATUS_WRONG_TYPE, "cannot call `nap`: argument 1 is i64");
    CHECK_STATUS(VM_FuncStart(context, null, NO_VALUES, NULL, &execution, &error), VM_STATUS_NULL_ARGUMENT, "the handle or reference is null");
    NEED(VM_InstanceFindFunction(context, sleeper.instance, "nap", &func, &error));
    CHECK_STATUS(VM_FuncStart(context, func, NO_VALUES, NULL, &execution, &error), VM_STATUS_WRONG_COUNT, "takes 1 argument");
    other = load(foreign, GUEST("executions"));
    CHECK_STATUS(VM_ContextStartInstantiate(context, other, NULL, &execution, &error), VM_STATUS_WRONG_CONTEXT, "another engine");
    CHECK(execution == NULL);
    CHECK_OK(VM_FuncStart(context, func, VALUES(VM_ValueI32(1)), NULL, &execution, &error));
    complete(&sleeper, 1);
    CHECK_OK(VM_ExecutionWait(execution, UINT64_MAX, &error));
    CHECK_INT(result_of(execution), 2);
    VM_ExecutionDelete(execution);
    VM_ModuleDelete(other);
    VM_EngineDelete(foreign);
}

int main(void)
{
    engine = new_engine();
    make_host();
    module = load(engine, GUEST("executions"));
    make_sleeper(&sleeper, module);
    ends_while_it_starts();
    goes_on_when_it_is_completed();
    waits_many_times_and_deeply();
    fails();
    does_not_start();
    VM_ContextDelete(sleeper.context);
    VM_ModuleDelete(module);
    VM_HostModuleDelete(host);
    VM_EngineDelete(engine);
    return finish();
}
