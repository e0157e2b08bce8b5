/*
 * Lists the plug-ins of a directory with their modules and options, sets options, and runs a guest that uses them.
 *
 *     cc list_plugins.c -o list_plugins $(pkg-config --cflags --libs libvm)
 *     wat2wasm measure.wat && ./list_plugins plugins measure.wasm measure.digits=4
 *
 * The plug-ins are plugin_smallest.c and plugin_modules.c.
 */
#include <libvm.h>
#include <stdio.h>
#include <string.h>

static void list(const VM_Plugin *plugin)
{
    const VM_PluginOption *option;
    size_t i;
    printf("%s %s: %s\n", VM_PluginGetName(plugin), VM_PluginGetVersion(plugin), VM_PluginGetDescription(plugin));
    for (i = 0; i < VM_PluginGetModuleCount(plugin); i++)
        printf("  module %s, functions: %d\n", VM_PluginGetModuleName(plugin, i), (int)VM_PluginGetFunctionCount(plugin, i));
    for (i = 0; (option = VM_PluginGetOption(plugin, i)); i++)
        printf("  option %s=%s: %s\n", option->key, option->default_value, option->description);
}

int main(int argc, char **argv)
{
    VM_Engine *engine = NULL;
    VM_Context *vm = NULL;
    VM_PluginRegistry *plugins = NULL;
    VM_Plugin *plugin = NULL;
    VM_Error *error = NULL;
    size_t i;
    int argument;

    if (argc < 3) {
        fprintf(stderr, "usage: %s DIRECTORY WASM [PLUGIN.KEY=VALUE]...\n", argv[0]);
        return 2;
    }
    if (!VM_EngineCreate(NULL, &engine, &error) && !VM_ContextCreate(engine, NULL, &vm, &error) &&
        !VM_PluginRegistryCreate(&plugins, &error) && !VM_PluginLoadFromPath(plugins, argv[1], NULL, &error)) {
        for (i = 0; !VM_PluginRegistryFindByIndex(plugins, i, &plugin, NULL); i++, VM_PluginRelease(plugin))
            list(plugin);
        for (argument = 3; argument < argc && !error; argument++) {
            char *name = strtok(argv[argument], "."), *key = strtok(NULL, "="), *value = strtok(NULL, "");
            VM_ContextSetPluginOption(vm, name, key, value, &error);
        }
        if (!error && !VM_ContextRegisterPlugins(vm, plugins, &error))
            VM_ContextRunWasmFromFile(vm, argv[2], "measure", NULL, 0, NULL, 0, &error);
    }
    if (error)
        fprintf(stderr, "%s: %s\n", VM_StatusGetName(VM_ErrorGetStatus(error)), VM_ErrorGetMessage(error));

    int failed = error != NULL;
    VM_ErrorDelete(error);
    VM_ContextDelete(vm);
    VM_PluginRegistryDelete(plugins);
    VM_EngineDelete(engine);
    return failed;
}
