/* A guest that is cancelled by a host function does not go on after it, whatever kind of function that is and whoever watches it. */
#include "test.h"

static uint64_t number;

static VM_Status VM_CALL cancels(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)user;
    (void)args;
    for (uint32_t i = 0; i < caller->result_count; i++)
        results[i] = VM_ValueI32(7);
    CHECK_OK(VM_Cancel(number, &error));
    return VM_STATUS_OK;
}

static VM_Context *new_context_with(VM_Engine *engine, bool watched)
{
    VM_ContextConfig *config = NULL;
    VM_Context *context = NULL;
    NEED(VM_ContextConfigCreate(&config, &error));
    NEED(VM_ContextConfigSetStatistics(config, watched, &error));
    NEED(VM_ContextCreate(engine, config, &context, &error));
    VM_ContextConfigDelete(config);
    return context;
}

/* The guest has no loop, in which it would look itself. */
static void cancelled(VM_Engine *engine, bool watched, uint32_t flags)
{
    static const char *const functions[][2] = { { "none", "()" }, { "one", "(i)i" }, { "many", "(iiiiiiiii)ii" } };
    VM_HostModule *own = new_host("own");
    VM_Context *context = new_context_with(engine, watched);
    for (int i = 0; i < 3; i++) {
        NEED(VM_HostModuleAddFunction(own, functions[i][0], functions[i][1], cancels, NULL, NULL, &error));
        NEED(VM_HostModuleSetFunctionFlags(own, functions[i][0], flags, &error));
    }
    NEED(VM_ContextRegisterModule(context, own, &error));
    instantiate(engine, context, GUEST("cancel_inside"));
    for (int i = 0; i < 3; i++) {
        NEED(VM_ContextGetCancelId(context, &number, &error));
        CHECK_STATUS(VM_ContextExecute(context, latest(context), functions[i][0], NO_VALUES, NO_VALUES, &error), VM_STATUS_CANCELLED,
                     "the execution was cancelled");
    }
    VM_HostModuleDelete(own);
    VM_ContextDelete(context);
}

int main(void)
{
    VM_Engine *engine = new_engine_with(true, false);
    for (int watched = 0; watched < 2; watched++) {
        cancelled(engine, watched, 0);
        cancelled(engine, watched, VM_FUNCTION_MAY_SUSPEND);
        cancelled(engine, watched, VM_FUNCTION_THREAD_STACK);
    }
    VM_EngineDelete(engine);
    return finish();
}
