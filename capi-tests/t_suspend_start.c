/* Guests that are suspended in places of their own: a start function, a host function that is an export, a tail call. */
#include "suspends.h"

static VM_Engine *engine;

static VM_Context *with_host(Script *script)
{
    VM_Context *context = new_context(engine);
    VM_HostModule *host = new_suspending_host(script, NULL);
    NEED(VM_ContextRegisterModule(context, host, &error));
    VM_HostModuleDelete(host);
    return context;
}

static void start_functions(void)
{
    Script script = { 0 };
    VM_Context *context = with_host(&script);
    VM_Module *module = load(engine, GUEST("suspend_start"));
    VM_Execution *execution = NULL;
    VM_Instance instance = { 0 };
    CHECK_OK(VM_ContextStartInstantiate(context, module, NULL, &execution, &error));
    CHECK_INT(VM_ExecutionGetState(execution), VM_EXECUTION_PENDING);
    CHECK_STATUS(VM_ExecutionGetInstance(execution, &instance, &error), VM_STATUS_BUSY, NULL);
    CHECK_OK(complete(script.token, 41));
    CHECK_OK(VM_ExecutionPoll(execution, &error));
    CHECK_INT(VM_ExecutionGetState(execution), VM_EXECUTION_DONE);
    CHECK_OK(VM_ExecutionGetInstance(execution, &instance, &error));
    VM_Value got;
    CHECK_OK(VM_ContextExecute(context, instance, "got", NO_VALUES, &got, 1, &error));
    CHECK_INT(got.of.i32, 42);
    CHECK_COUNTS(script, 1, 0);
    VM_ExecutionDelete(execution);

    /* A failed one leaves no instance. */
    CHECK_OK(VM_ContextStartInstantiate(context, module, NULL, &execution, &error));
    CHECK_OK(VM_CompleteWithFailure(script.token, VM_STATUS_USER, "no", &error));
    CHECK_STATUS(VM_ExecutionPoll(execution, &error), VM_STATUS_USER, "the start function failed: ");
    CHECK_STATUS(VM_ExecutionGetInstance(execution, &instance, &error), VM_STATUS_USER, NULL);
    CHECK_INT(VM_ContextGetInstanceCount(context), 1);
    VM_ExecutionDelete(execution);

    /* So does one that is cancelled. */
    CHECK_OK(VM_ContextStartInstantiate(context, module, NULL, &execution, &error));
    VM_ExecutionDelete(execution);
    CHECK_INT(VM_ContextGetInstanceCount(context), 1);
    CHECK_COUNTS(script, 2, 1);

    /* A blocking instantiation waits. */
    script.early = VM_ValueI32(6);
    CHECK_OK(VM_ContextInstantiate(context, module, &instance, &error));
    CHECK_INT(run(context, "got", NO_VALUES), 7);
    VM_ModuleDelete(module);
    VM_ContextDelete(context);
}

/* No frame of the guest is there: the results of the host function are those of the execution. */
static void without_frames(void)
{
    static const char *const names[] = { "wait", "tail" };
    Script script = { 0 };
    VM_Context *context = new_suspending(engine, &script);
    for (int i = 0; i < 2; i++) {
        script = (Script){ .again = 1 };
        VM_Execution *execution = start(context, latest(context), names[i], 10);
        CHECK_INT(VM_ExecutionGetState(execution), VM_EXECUTION_PENDING);
        CHECK_OK(complete(script.token, 1));
        CHECK_OK(VM_ExecutionPoll(execution, &error));
        CHECK_INT(VM_ExecutionGetState(execution), VM_EXECUTION_PENDING);
        CHECK_OK(complete(script.token, 2));
        CHECK_OK(VM_ExecutionPoll(execution, &error));
        CHECK_INT(result_of(execution), 12);
        CHECK_COUNTS(script, 2, 0);
        VM_ExecutionDelete(execution);

        script = (Script){ .plain = true };
        execution = start(context, latest(context), names[i], 10);
        CHECK_OK(VM_CompleteWithFailure(script.token, VM_STATUS_IO, NULL, &error));
        CHECK_STATUS(VM_ExecutionPoll(execution, &error), VM_STATUS_IO, "host function `host.wait` failed with VM_STATUS_IO");
        VM_ExecutionDelete(execution);

        script = (Script){ .early = VM_ValueI32(4) };
        CHECK_INT(run(context, names[i], VALUES(VM_ValueI32(10))), 14);
    }
    VM_ContextDelete(context);
}

int main(void)
{
    engine = new_engine();
    start_functions();
    without_frames();
    VM_EngineDelete(engine);
    return finish();
}
