/* Updates to and from versions of a plug-in whose function suspends, or needs the stack of the thread, which guests that are already linked
 * then call. */
#include "plugin_files.h"

static VM_Execution *start(VM_Context *context, int32_t number)
{
    VM_Execution *execution = NULL;
    VM_Value argument = VM_ValueI32(number);
    NEED(VM_ContextStart(context, latest(context), "nap", &argument, 1, NULL, &execution, &error));
    return execution;
}

/* A started execution calls the function where it belongs: the distance of two places of this stack is small. */
static void on_this_stack(VM_Context *context)
{
    VM_Execution *execution = start(context, 0);
    VM_Value place;
    CHECK_INT(VM_ExecutionGetState(execution), VM_EXECUTION_DONE);
    CHECK_OK(VM_ExecutionGetResults(execution, &place, 1, &error));
    CHECK((uint32_t)(uintptr_t)&place - (uint32_t)place.of.i32 < 1 << 20);
    VM_ExecutionDelete(execution);
}

int main(void)
{
    VM_Plugin *versions[3] = { NULL, NULL, NULL };
    VM_PluginRegistry *registry = new_registry();
    VM_Engine *engine = new_engine();
    VM_Context *context = new_context(engine);
    NEED(VM_PluginLoadFromPath(registry, plugin_file("gains").text, NULL, &error));
    NEED(VM_PluginRegistryFind(registry, "gains", &versions[0], &error));
    NEED(VM_ContextRegisterPlugins(context, registry, &error));
    instantiate(engine, context, GUEST("wait"));
    CHECK_INT(run(context, "nap", VALUES(VM_ValueI32(20))), 21);

    NEED(VM_PluginRegistryUpdateFromPath(registry, plugin_file("gains_2").text, NULL, &error));
    NEED(VM_PluginRegistryFind(registry, "gains", &versions[1], &error));
    CHECK_OK(VM_ContextUpdatePlugin(context, versions[1], &error));
    CHECK_INT(run(context, "nap", VALUES(VM_ValueI32(20))), 41);

    /* While it waits, neither the plug-in nor anything else of the context changes. */
    VM_Execution *execution = start(context, 0);
    CHECK_INT(VM_ExecutionGetState(execution), VM_EXECUTION_PENDING);
    CHECK_STATUS(VM_ContextUpdatePlugin(context, versions[0], &error), VM_STATUS_BUSY, NULL);
    CHECK_STATUS(VM_ContextRegisterPlugins(context, registry, &error), VM_STATUS_BUSY, NULL);
    CHECK_STATUS(VM_ContextGrantPermission(context, "gains", "a", &error), VM_STATUS_BUSY, NULL);
    CHECK_INT(VM_ExecutionGetState(execution), VM_EXECUTION_PENDING);
    VM_ExecutionDelete(execution);

    CHECK_OK(VM_ContextUpdatePlugin(context, versions[0], &error));
    execution = start(context, 0);
    CHECK_INT(VM_ExecutionGetState(execution), VM_EXECUTION_DONE);
    VM_ExecutionDelete(execution);
    CHECK_INT(run(context, "nap", VALUES(VM_ValueI32(20))), 21);

    NEED(VM_PluginRegistryUpdateFromPath(registry, plugin_file("gains_3").text, NULL, &error));
    NEED(VM_PluginRegistryFind(registry, "gains", &versions[2], &error));
    CHECK_OK(VM_ContextUpdatePlugin(context, versions[2], &error));
    on_this_stack(context);

    for (size_t i = 0; i < 3; i++)
        VM_PluginRelease(versions[i]);
    VM_PluginRegistryDelete(registry);
    VM_ContextDelete(context);
    VM_EngineDelete(engine);
    return finish();
}
