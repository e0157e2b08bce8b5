/* A plug-in calls the guest: an export by name, a function by reference; failures are traps. */
#include "plugin_files.h"

static void check_fails(VM_Context *context, const char *name, int32_t address, VM_Status status, const char *message)
{
    VM_Value result;
    CHECK_STATUS(VM_ContextExecute(context, latest(context), "named", VALUES(VM_ValueI32(address), VM_ValueI32(1)), &result, 1, &error), status,
                 message);
    CHECK_TEXT(VM_ErrorGetPluginName(error), name);
    CHECK_INT(run(context, "by_name", VALUES(VM_ValueI32(21))), 42);
}

int main(void)
{
    VM_Engine *engine;
    VM_PluginRegistry *registry;
    VM_Context *context;
    VM_Value result;
    make_scratch();
    engine = new_engine();
    registry = new_registry();
    context = new_context(engine);
    NEED(VM_PluginLoadFromPath(registry, plugin_file("invoke").text, NULL, &error));
    NEED(VM_ContextRegisterPlugins(context, registry, &error));
    instantiate(engine, context, GUEST("invoke"));
    CHECK_INT(run(context, "by_name", VALUES(VM_ValueI32(21))), 42);
    CHECK_INT(run(context, "named", VALUES(VM_ValueI32(0), VM_ValueI32(-4))), -8);
    CHECK_INT(run(context, "by_reference", VALUES(VM_ValueI32(42))), -42);
    CHECK_INT(run(context, "try_reference", VALUES(VM_ValueI32(0))), VM_STATUS_TRAP);

    check_fails(context, "invoke", 16, VM_STATUS_NOT_FOUND, "nothing");
    check_fails(context, "invoke", 32, VM_STATUS_NOT_FOUND, "exports no function `memory`");
    check_fails(context, "invoke", 48, VM_STATUS_TRAP, "unreachable");
    check_fails(context, "invoke", 64, VM_STATUS_RECURSION_LIMIT, "65 deep");
    check_fails(context, "invoke", 80, VM_STATUS_WRONG_TYPE, "i64");
    CHECK_STATUS(VM_ContextExecute(context, latest(context), "reference_fails", VALUES(VM_ValueI32(1)), &result, 1, &error), VM_STATUS_TRAP,
                 "unreachable");
    CHECK_STATUS(VM_ContextExecute(context, latest(context), "by_null", VALUES(VM_ValueI32(1)), &result, 1, &error), VM_STATUS_NULL_ARGUMENT,
                 "null");
    VM_ContextDelete(context);
    VM_PluginRegistryDelete(registry);
    VM_EngineDelete(engine);
    return finish();
}
