/* A module whose plug-in is not installed: the error lists the searched directories and the result for each. */
#include "plugin_files.h"

static VM_Status sum(VM_Context *context)
{
    VM_Value result;
    return VM_ContextRunWasmFromFile(context, GUEST("plugin_sum"), "sum", VALUES(VM_ValueI32(40), VM_ValueI32(2)), &result, 1, &error);
}

/* The directories are in the message in this form, each on a line of its own. */
static void searched(VM_Context *context, const char *directory, const char *found)
{
    char line[700];
    snprintf(line, sizeof line, "\n    %s (%s)\n", directory, found);
    CHECK_STATUS(sum(context), VM_STATUS_UNRESOLVED_IMPORT, line);
}

int main(void)
{
    static const char before[] = "VM_PluginLoadWithDefaultPaths has searched";
    VM_Engine *engine = new_engine();
    VM_Context *context = new_context(engine);
    VM_PluginRegistry *registry;
    char list[2100];
    make_scratch();
    make_folder("empty");
    make_folder("full");
    copy_plugin("template", "full/1.so", "other", "1.0.0");
    write_content("file", "", 0);
    snprintf(list, sizeof list, "%s:%s:%s:%s", in_scratch("missing").text, in_scratch("empty").text, in_scratch("full").text,
             in_scratch("file").text);
    SURE(setenv("LIBVM_PLUGIN_PATH", list, 1) == 0);
    registry = new_registry();

    /* Nothing was searched yet, and nothing is said of it. */
    CHECK_STATUS(sum(context), VM_STATUS_UNRESOLVED_IMPORT, "no module `calc` is registered in this context, and no plug-in");
    CHECK(strstr(VM_ErrorGetMessage(error), before) == NULL);

    CHECK_OK(VM_PluginLoadWithDefaultPaths(registry, NULL, &error));
    CHECK_INT(VM_PluginRegistryGetCount(registry), 1);
    searched(context, in_scratch("missing").text, "no such directory");
    searched(context, in_scratch("empty").text, "no plug-ins");
    searched(context, in_scratch("full").text, "1 file");
    searched(context, in_scratch("file").text, "not a directory");
    CHECK_STATUS(sum(context), VM_STATUS_UNRESOLVED_IMPORT, "install the plug-in in one of them and load again");

    /* A plug-in that is loaded and not registered is not looked for. */
    copy_plugin("calc", "empty/calc.so", NULL, NULL);
    CHECK_OK(VM_PluginLoadWithDefaultPaths(registry, NULL, &error));
    CHECK_STATUS(sum(context), VM_STATUS_UNRESOLVED_IMPORT, "it is loaded but not registered in this context");
    CHECK(strstr(VM_ErrorGetMessage(error), before) == NULL);
    CHECK_OK(VM_ContextRegisterPlugins(context, registry, &error));
    CHECK_OK(sum(context));

    VM_ContextDelete(context);
    VM_PluginRegistryDelete(registry);
    VM_EngineDelete(engine);
    return finish();
}
