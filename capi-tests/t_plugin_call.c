/* Functions of plug-ins that fail: the guest traps with their names, and the context can still be used. */
#include "plugin_files.h"

typedef struct Case {
    const char *function;
    VM_Status status;
    const char *message;
} Case;

static void check_case(VM_Context *context, const Case *expected)
{
    VM_Value result = VM_ValueI32(0);
    CHECK_STATUS(VM_ContextExecute(context, latest(context), expected->function, NO_VALUES, &result, 1, &error), expected->status,
                 expected->message);
    CHECK_TEXT(VM_ErrorGetModuleName(error), "misbehaves");
    CHECK_TEXT(VM_ErrorGetFunctionName(error), expected->function);
    CHECK_TEXT(VM_ErrorGetPluginName(error), "misbehaves");
    CHECK_INT(VM_ErrorGetTrapCode(error), VM_TRAP_HOST_FUNCTION);
    CHECK(!VM_ErrorIsRetryable(error));
    CHECK_INT(run(context, "fine", NO_VALUES), 42);
}

static void functions_go_wrong(VM_Engine *engine, VM_PluginRegistry *registry)
{
    static const Case cases[] = {
        { "trap", VM_STATUS_TRAP, "the disk is full" },
        { "missing", VM_STATUS_TRAP, "`misbehaves.missing` did not set the type of its result 1, which must be i32: write it as `results[0] = VM_ValueI32(…)`" },
        { "wrong", VM_STATUS_TRAP, "`misbehaves.wrong` returned i64 as its result 1, which must be i32" },
        { "second", VM_STATUS_TRAP, "`misbehaves.second` did not set the type of its result 2, which must be i32: write it as `results[1] = VM_ValueI32(…)`" },
        { "unknown", VM_STATUS_BAD_ANSWER, "`misbehaves.unknown` returned 777, which is not a valid status" },
        { "pending", VM_STATUS_BAD_ANSWER, "`misbehaves.pending` returned VM_STATUS_PENDING without suspending its call" },
        { "fails", VM_STATUS_IO, "`misbehaves.fails` failed with VM_STATUS_IO" },
    };
    VM_Context *context = new_context(engine);
    size_t i;
    NEED(VM_ContextRegisterPlugins(context, registry, &error));
    instantiate(engine, context, GUEST("plugin_misbehaves"));
    for (i = 0; i < 2 * sizeof cases / sizeof cases[0]; i++)
        check_case(context, &cases[i % (sizeof cases / sizeof cases[0])]);
    VM_ContextDelete(context);
}

/* Each context has an instance of its own, which all modules of the plug-in share. */
static void instances_are_apart(VM_Engine *engine, VM_PluginRegistry *registry)
{
    VM_Context *contexts[3];
    int i;
    for (i = 0; i < 3; i++) {
        contexts[i] = new_context(engine);
        CHECK_OK(VM_ContextRegisterPlugins(contexts[i], registry, &error));
        CHECK_OK(VM_ContextRegisterPlugins(contexts[i], registry, &error)); /* again, and nothing changes */
        instantiate(engine, contexts[i], GUEST("plugin_number"));
    }
    for (i = 2; i >= 0; i--) {
        CHECK_INT(run(contexts[i], "number", NO_VALUES), i + 1);
        CHECK_INT(run(contexts[i], "other", NO_VALUES), i + 1);
        VM_ContextDelete(contexts[i]);
    }
}

int main(void)
{
    VM_Engine *engine;
    VM_PluginRegistry *registry;
    make_scratch();
    engine = new_engine();
    registry = new_registry();
    NEED(VM_PluginLoadFromPath(registry, plugin_file("misbehaves").text, NULL, &error));
    NEED(VM_PluginLoadFromPath(registry, plugin_file("instances").text, NULL, &error));
    functions_go_wrong(engine, registry);
    VM_PluginRegistryDelete(registry);

    registry = new_registry();
    NEED(VM_PluginLoadFromPath(registry, plugin_file("instances").text, NULL, &error));
    instances_are_apart(engine, registry);
    VM_PluginRegistryDelete(registry);
    VM_EngineDelete(engine);
    return finish();
}
