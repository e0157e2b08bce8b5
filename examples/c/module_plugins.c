/*
 * A guest names its plug-ins, and one of them generates functions for it. A dry run says what each import would be resolved to; then the
 * host allows modules to bring plug-ins from one directory, and runs the guest.
 *
 *     cc module_plugins.c -o module_plugins $(pkg-config --cflags --libs libvm)
 *     wat2wasm --enable-annotations formulas.wat
 *     ./module_plugins directory formulas.wasm
 *
 * The directory contains the plug-ins plugin_smallest.c and plugin_formulas.c.
 */
#include <libvm.h>
#include <stdio.h>

/* Prints what is found for the imports of a module, and for the plug-ins that it names. */
static VM_Status dry_run(VM_PluginRegistry *registry, const VM_Module *module, VM_Error **error)
{
    static const char *const states[] = { "satisfied", "loadable", "unknown", "mismatch", "missing" };
    VM_ImportList *list = NULL;
    VM_Status status = VM_PluginRegistryExamineModule(registry, module, &list, error);
    size_t i;

    for (i = 0; i < VM_ImportListGetPluginCount(list); i++) {
        const VM_DeclaredPlugin *plugin = VM_ImportListGetPlugin(list, i);
        printf("  plug-in %s %s: %s\n", plugin->name, plugin->range, plugin->message);
    }
    for (i = 0; i < VM_ImportListGetCount(list); i++) {
        const VM_ImportOffer *import = VM_ImportListGet(list, i);
        printf("  %s.%s is %s: %s\n", import->module, import->name, states[import->state], import->message);
    }
    VM_ImportListDelete(list);
    return status;
}

int main(int argc, char **argv)
{
    const uint32_t allowed = VM_MODULE_PLUGINS_DECLARED | VM_MODULE_PLUGINS_DEPENDENCIES;
    VM_Engine *engine = NULL;
    VM_Context *vm = NULL;
    VM_PluginRegistry *registry = NULL;
    VM_Module *module = NULL;
    VM_Instance instance;
    VM_Value result;
    VM_Error *error = NULL;
    int failed;

    if (argc != 3) {
        fprintf(stderr, "usage: %s DIRECTORY WASM\n", argv[0]);
        return 2;
    }
    /* Only plug-ins in this directory, and what modules declare or plug-ins answer. */
    failed = VM_EngineCreate(NULL, &engine, &error) || VM_ContextCreate(engine, NULL, &vm, &error) ||
             VM_PluginRegistryCreate(&registry, &error) || VM_PluginRegistryAddSearchDirectory(registry, argv[1], &error) ||
             VM_PluginRegistrySetIndexFile(registry, NULL, &error) || VM_PluginRegistrySetModulePlugins(registry, allowed, &error) ||
             VM_ModuleLoadFromFile(engine, argv[2], &module, &error);
    if (!failed) {
        printf("before:\n");
        failed = dry_run(registry, module, &error);
    }
    if (!failed) {
        failed = VM_ContextSetModulePlugins(vm, registry, &error) || VM_ContextInstantiate(vm, module, &instance, &error) ||
                 VM_ContextExecute(vm, instance, "run", NULL, 0, &result, 1, &error);
    }
    if (!failed) {
        printf("the guest returned %g\nafterwards:\n", result.of.f64);
        failed = dry_run(registry, module, &error);
    }
    if (failed)
        fprintf(stderr, "%s\n", VM_ErrorGetMessage(error));
    VM_ErrorDelete(error);
    VM_ModuleDelete(module);
    VM_ContextDelete(vm);
    VM_PluginRegistryDelete(registry);
    VM_EngineDelete(engine);
    return failed;
}
