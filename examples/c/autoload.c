/*
 * Runs a guest with the plug-ins that its imports need: of all those in a directory, only they are loaded.
 *
 *     cc autoload.c -o autoload $(pkg-config --cflags --libs libvm)
 *     wat2wasm autoload.wat && ./autoload units autoload.wasm plugins.index
 *
 * The plug-ins are made of plugin_unit.c; the guest needs the one for miles. The index is created; without
 * VM_PluginRegistrySetIndexFile it is in the user's directory for caches.
 */
#include <libvm.h>
#include <stdio.h>

/* What the guest imports of the host. */
static VM_Status print(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)caller;
    (void)results;
    fprintf(user, "%.3f\n", args[0].of.f64);
    return VM_STATUS_OK;
}

static void show(const VM_PluginReport *report)
{
    const VM_PluginReportLine *line;
    size_t i;
    for (i = 0; i < VM_PluginReportGetCount(report); i++) {
        line = VM_PluginReportGetLine(report, i);
        printf("%s: %s\n", line->name ? line->name : "report", line->message);
    }
}

int main(int argc, char **argv)
{
    VM_Engine *engine = NULL;
    VM_Context *vm = NULL;
    VM_Module *module = NULL;
    VM_Instance instance;
    VM_PluginRegistry *plugins = NULL;
    VM_PluginReport *report = NULL;
    VM_HostModule *host = NULL;
    VM_Error *error = NULL;
    VM_Value distance = VM_ValueF64(26.219);

    if (argc != 4) {
        fprintf(stderr, "usage: %s DIRECTORY WASM INDEX\n", argv[0]);
        return 2;
    }
    if (!VM_EngineCreate(NULL, &engine, &error) && !VM_ContextCreate(engine, NULL, &vm, &error) &&
        !VM_HostModuleCreate("host", &host, &error) &&
        !VM_HostModuleAddFunction(host, "print", "(F)", print, stdout, NULL, &error) &&
        !VM_ContextRegisterModule(vm, host, &error) &&
        !VM_PluginRegistryCreate(&plugins, &error) &&
        !VM_PluginRegistryAddSearchDirectory(plugins, argv[1], &error) &&
        !VM_PluginRegistrySetIndexFile(plugins, argv[3], &error) &&
        !VM_PluginRegistrySetModulePlugins(plugins, VM_MODULE_PLUGINS_IMPORTS, &error) &&
        !VM_ModuleLoadFromFile(engine, argv[2], &module, &error) &&
        /* The context would load them by itself; this shows the report. */
        !VM_PluginLoadForModule(plugins, module, &report, &error) &&
        !VM_ContextSetModulePlugins(vm, plugins, &error) &&
        !VM_ContextInstantiate(vm, module, &instance, &error)) {
        show(report);
        if (!VM_ContextExecute(vm, instance, "convert", &distance, 1, NULL, 0, &error))
            printf("%d plug-in is loaded\n", (int)VM_PluginRegistryGetCount(plugins));
    }
    if (error)
        fprintf(stderr, "%s: %s\n", VM_StatusGetName(VM_ErrorGetStatus(error)), VM_ErrorGetMessage(error));

    int failed = error != NULL;
    VM_ErrorDelete(error);
    VM_PluginReportDelete(report);
    VM_ModuleDelete(module);
    VM_HostModuleDelete(host);
    VM_ContextDelete(vm);
    VM_PluginRegistryDelete(plugins);
    VM_EngineDelete(engine);
    return failed;
}
