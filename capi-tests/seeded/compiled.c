/* A fault on purpose, for valgrind with the compiled engine: a callback of a guest that runs on a fiber reads an error that was deleted. */
#include "../test.h"

static VM_Status VM_CALL fault(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    VM_Error *deleted = NULL;
    (void)user;
    (void)caller;
    (void)args;
    CHECK_INT(VM_EngineCreate(NULL, NULL, &deleted), VM_STATUS_NULL_ARGUMENT);
    VM_ErrorDelete(deleted);
    results[0] = VM_ValueI32(VM_ErrorGetStatus(deleted));
    return VM_STATUS_OK;
}

int main(void)
{
    const char *names[] = { "probe", "thread", "nest", "pause" };
    VM_Engine *engine = new_engine();
    VM_Context *context = new_context(engine);
    VM_HostModule *host = new_host("host");
    VM_Execution *execution = NULL;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        NEED(VM_HostModuleAddFunction(host, names[i], "()i", fault, NULL, NULL, &error));
    NEED(VM_ContextRegisterModule(context, host, &error));
    NEED(VM_ContextStart(context, instantiate(engine, context, GUEST("stacks")), "probes", NO_VALUES, NULL, &execution, &error));
    CHECK(is_compiled(context));
    CHECK_INT(VM_ExecutionGetState(execution), VM_EXECUTION_DONE);
    VM_ExecutionDelete(execution);
    VM_HostModuleDelete(host);
    VM_ContextDelete(context);
    VM_EngineDelete(engine);
    return finish();
}
