/* What executions run besides functions: instantiations and commands; references among results; blocking calls that are suspended. */
#include "executions.h"
#include <pthread.h>

static Sleeper sleeper;

static void instantiates(void)
{
    VM_Module *module = load(engine, GUEST("executions_start"));
    VM_Instance instance = { 0 };
    VM_Value sum;
    uint64_t number = 0, same = 0;
    NEED(VM_ContextStartInstantiate(sleeper.context, module, NULL, &sleeper.execution, &error));
    VM_ModuleDelete(module);
    CHECK_INT(sleeper.argument, 1);
    CHECK_STATE(sleeper.execution, VM_EXECUTION_PENDING);
    CHECK_STATUS(VM_ExecutionGetInstance(sleeper.execution, &instance, &error), VM_STATUS_BUSY,
                 "the execution, an instantiation, is unfinished");
    CHECK_OK(VM_ContextGetCancelId(sleeper.context, &number, &error));
    complete(&sleeper, 30);
    CHECK_OK(VM_ExecutionPoll(sleeper.execution, &error));
    CHECK_INT(sleeper.argument, 2);
    CHECK_OK(VM_ContextGetCancelId(sleeper.context, &same, &error));
    CHECK(same == number);
    CHECK_STATE(sleeper.execution, VM_EXECUTION_PENDING);
    complete(&sleeper, 12);
    CHECK_OK(VM_ExecutionPoll(sleeper.execution, &error));
    CHECK_STATE(sleeper.execution, VM_EXECUTION_DONE);
    CHECK_STATUS(VM_Cancel(number, &error), VM_STATUS_STALE, NULL);
    CHECK_OK(VM_ExecutionGetResults(sleeper.execution, NULL, 0, &error));
    CHECK_OK(VM_ExecutionGetInstance(sleeper.execution, &instance, &error));
    VM_ExecutionDelete(sleeper.execution);
    CHECK_OK(VM_ContextExecute(sleeper.context, instance, "sum", NO_VALUES, &sum, 1, &error));
    CHECK_INT(sum.of.i32, 42);
    CHECK_INT(VM_ContextGetInstanceCount(sleeper.context), 1);
    CHECK_OK(VM_ContextRemoveInstance(sleeper.context, instance, &error));
}

/* Its start function or `_initialize` fails, or is cancelled: there is no instance. */
static void does_not_instantiate(void)
{
    static const char *const failed[2] = { "the start function failed: ", "`_initialize`, which a reactor runs first, failed: " };
    VM_Module *module = load(engine, GUEST("executions_start"));
    VM_Instance instance = { 0 };
    for (int i = 0; i < 4; i++) {
        NEED(VM_ContextStartInstantiate(sleeper.context, module, NULL, &sleeper.execution, &error));
        for (int passed = 0; passed < i % 2; passed++) {
            complete(&sleeper, 1);
            CHECK_OK(VM_ExecutionPoll(sleeper.execution, &error));
        }
        if (i < 2)
            complete(&sleeper, -1);
        else
            CHECK_OK(VM_ExecutionCancel(sleeper.execution, &error));
        CHECK_STATUS(VM_ExecutionPoll(sleeper.execution, &error), i < 2 ? VM_STATUS_TRAP : VM_STATUS_CANCELLED, failed[i % 2]);
        CHECK_STATUS(VM_ExecutionGetInstance(sleeper.execution, &instance, &error), i < 2 ? VM_STATUS_TRAP : VM_STATUS_CANCELLED,
                     failed[i % 2]);
        VM_ExecutionDelete(sleeper.execution);
        CHECK_INT(VM_ContextGetInstanceCount(sleeper.context), 0);
    }
    CHECK_INT(instance.context, 0);
    VM_ModuleDelete(module);
    /* One without functions to run is done at once. */
    module = load(engine, GUEST("executions"));
    NEED(VM_ContextStartInstantiate(sleeper.context, module, NULL, &sleeper.execution, &error));
    CHECK_STATE(sleeper.execution, VM_EXECUTION_DONE);
    CHECK_OK(VM_ExecutionGetInstance(sleeper.execution, &sleeper.instance, &error));
    VM_ExecutionDelete(sleeper.execution);
    VM_ModuleDelete(module);
}

static void commands_exit(void)
{
    VM_Module *module = load(engine, GUEST("executions_exit"));
    VM_Wasi *wasi = NULL;
    VM_Instance instance;
    NEED(VM_WasiCreate(&wasi, &error));
    NEED(VM_ContextRegisterWasi(sleeper.context, wasi, &error));
    VM_WasiDelete(wasi);
    NEED(VM_ContextInstantiate(sleeper.context, module, &instance, &error));
    for (int code = 0; code < 3; code++) {
        int32_t found = -1;
        NEED(VM_ContextStart(sleeper.context, instance, "_start", NO_VALUES, NULL, &sleeper.execution, &error));
        complete(&sleeper, code);
        if (code == 0) {
            CHECK_OK(VM_ExecutionPoll(sleeper.execution, &error));
        } else {
            CHECK_STATUS(VM_ExecutionPoll(sleeper.execution, &error), VM_STATUS_EXIT, NULL);
            CHECK_INT(VM_ErrorGetExitCode(error), code);
        }
        CHECK_STATE(sleeper.execution, code ? VM_EXECUTION_FAILED : VM_EXECUTION_DONE);
        CHECK_OK(VM_ExecutionGetExitCode(sleeper.execution, &found, &error));
        CHECK_INT(found, code);
        VM_ExecutionDelete(sleeper.execution);
    }
    NEED(VM_ContextStart(sleeper.context, instance, "_start", NO_VALUES, NULL, &sleeper.execution, &error));
    CHECK_OK(VM_CompleteWithFailure(sleeper.token, VM_STATUS_IO, "the wire broke", &error));
    CHECK_STATUS(VM_ExecutionPoll(sleeper.execution, &error), VM_STATUS_IO, "the wire broke");
    CHECK_STATUS(VM_ExecutionGetExitCode(sleeper.execution, &(int32_t){ 0 }, &error), VM_STATUS_IO, "the wire broke");
    VM_ExecutionDelete(sleeper.execution);
    VM_ModuleDelete(module);
}

/* A reference in the results is owned by the host once they are copied, and released with the execution otherwise. */
static void returns_references(void)
{
    atomic_int pointee = 0;
    VM_Value value, result;
    VM_Ref ref;
    void *pointer = NULL;
    NEED(VM_RefCreateExtern(sleeper.context, &pointee, NULL, &ref, &error));
    value = VM_ValueExternRef(ref);
    for (int copied = 0; copied < 2; copied++) {
        NEED(VM_RefRetain(sleeper.context, ref, &error));
        NEED(VM_ContextStart(sleeper.context, sleeper.instance, "object", NO_VALUES, NULL, &sleeper.execution, &error));
        CHECK_OK(VM_Complete(sleeper.token, &value, 1, &error));
        CHECK_OK(VM_ExecutionPoll(sleeper.execution, &error));
        if (copied) {
            CHECK_OK(VM_ExecutionGetResults(sleeper.execution, &result, 1, &error));
            CHECK_OK(VM_ExecutionGetResults(sleeper.execution, &result, 1, &error));
        }
        VM_ExecutionDelete(sleeper.execution);
    }
    CHECK_OK(VM_RefGetExtern(sleeper.context, result.of.ref, &pointer, &error));
    CHECK(pointer == &pointee);
    VM_RefRelease(result.of.ref);
    CHECK_STATUS(VM_RefGetExtern(sleeper.context, result.of.ref, &pointer, &error), VM_STATUS_STALE, NULL);
    CHECK_OK(VM_RefGetExtern(sleeper.context, ref, &pointer, &error));
    VM_RefRelease(ref);
}

/* Completes a token that another thread will have at some time. */
static void *complete_when_it_waits(void *unused)
{
    while (!sleeper.token)
        ;
    complete(&sleeper, 20);
    forget_error();
    return unused;
}

static void blocking_calls_wait(void)
{
    VM_ContextConfig *config = NULL;
    VM_Value value = VM_ValueI32(1);
    pthread_t thread;
    sleeper.token = 0;
    CHECK_INT(pthread_create(&thread, NULL, complete_when_it_waits, NULL), 0);
    CHECK_OK(VM_ContextExecute(sleeper.context, sleeper.instance, "nap", &value, 1, &value, 1, &error));
    CHECK_INT(value.of.i32, 21);
    CHECK_INT(pthread_join(thread, NULL), 0);

    /* Unless the context must not block; a started execution may be suspended there. */
    VM_ContextDelete(sleeper.context);
    memset(&sleeper, 0, sizeof sleeper);
    NEED(VM_ContextConfigCreate(&config, &error));
    NEED(VM_ContextConfigSetMayBlock(config, false, &error));
    sleeper.context = new_sleeping_context(engine, config, &sleeper);
    VM_ContextConfigDelete(config);
    sleeper.instance = instantiate(engine, sleeper.context, GUEST("executions"));
    CHECK_STATUS(VM_ContextExecute(sleeper.context, sleeper.instance, "nap", &value, 1, &value, 1, &error), VM_STATUS_WOULD_BLOCK,
                 "VM_ContextConfigSetMayBlock");
    CHECK_INT(sleeper.waits, 1);
    CHECK_INT(sleeper.cancelled, 1);
    CHECK_INT(sleeper.released, 1);
    start(&sleeper, "nap", 1, NULL);
    complete(&sleeper, 4);
    CHECK_OK(VM_ExecutionWait(sleeper.execution, UINT64_MAX, &error));
    CHECK_INT(result_of(sleeper.execution), 5);
    VM_ExecutionDelete(sleeper.execution);
}

int main(void)
{
    engine = new_engine();
    make_host();
    sleeper.context = new_sleeping_context(engine, NULL, &sleeper);
    instantiates();
    does_not_instantiate();
    commands_exit();
    returns_references();
    blocking_calls_wait();
    VM_ContextDelete(sleeper.context);
    VM_HostModuleDelete(host);
    VM_EngineDelete(engine);
    return finish();
}
