/* Lists the plug-ins of the default folders, and runs a guest with them, which writes to the log. */
#include <libvm.h>
#include <stdio.h>

static void show(void *user, VM_LogLevel level, const char *source, const char *text)
{
    fprintf(user, "%d %s: %s\n", (int)level, source, text);
}

/* Prints names, versions and functions in load order. */
static int list(VM_PluginRegistry *plugins, VM_Error **error)
{
    for (size_t i = 0; i < VM_PluginRegistryGetCount(plugins); i++) {
        VM_Plugin *plugin = NULL;
        if (VM_PluginRegistryFindByIndex(plugins, i, &plugin, error))
            return 0;
        printf("%s %s\n", VM_PluginGetName(plugin), VM_PluginGetVersion(plugin));
        VM_PluginRelease(plugin);
    }
    return 1;
}

int main(int argc, char **argv)
{
    VM_Engine *engine = NULL;
    VM_Context *vm = NULL;
    VM_PluginRegistry *plugins = NULL;
    VM_Error *error = NULL;

    if (argc != 2)
        return 2;
    if (VM_EngineCreate(NULL, &engine, &error) || VM_ContextCreate(engine, NULL, &vm, &error) || VM_PluginRegistryCreate(&plugins, &error) ||
        VM_PluginLoadWithDefaultPaths(plugins, NULL, &error) || !list(plugins, &error) ||
        VM_ContextSetLogCallback(vm, VM_LOG_TRACE, show, stdout, NULL, &error) || VM_ContextRegisterPlugins(vm, plugins, &error) ||
        VM_ContextRunWasmFromFile(vm, argv[1], "run", NULL, 0, NULL, 0, &error))
        fprintf(stderr, "%s: %s\n", VM_StatusGetName(VM_ErrorGetStatus(error)), VM_ErrorGetMessage(error));

    int failed = error != NULL;
    VM_ErrorDelete(error);
    VM_ContextDelete(vm);
    VM_PluginRegistryDelete(plugins);
    VM_EngineDelete(engine);
    return failed;
}
