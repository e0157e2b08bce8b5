/* The dry run: what provides each import of a module, found without running any code. */
#include "plugin_files.h"
#include "sections.h"

static VM_Engine *engine;
static VM_Module *module;

/* A registry that searches a folder and has the index of the scratch directory. */
static VM_PluginRegistry *searching(const char *folder)
{
    VM_PluginRegistry *registry = new_registry();
    CHECK_OK(VM_PluginRegistryAddSearchDirectory(registry, in_scratch(folder).text, &error));
    CHECK_OK(VM_PluginRegistrySetIndexFile(registry, in_scratch("index.json").text, &error));
    return registry;
}

static void check(const VM_ImportList *list, size_t index, VM_ImportState state, const char *plugin, const char *nearest, const char *part)
{
    const VM_ImportOffer *found = VM_ImportListGet(list, index);
    SURE(found != NULL);
    CHECK_INT(found->state, state);
    CHECK_TEXT(found->plugin, plugin);
    CHECK_INT(found->provider, plugin ? VM_PROVIDER_PLUGIN : VM_PROVIDER_NONE);
    CHECK_TEXT(found->version, plugin ? "1.0.0" : NULL);
    CHECK_TEXT(found->nearest, nearest);
    if (!strstr(found->message, part)) {
        failures++;
        fprintf(stderr, "import %d says \"%s\", not \"%s\"\n", (int)index, found->message, part);
    }
}

/* What is the same whatever is known of the plug-in. */
static VM_ImportList *examine(VM_PluginRegistry *registry)
{
    VM_ImportList *list = NULL;
    NEED(VM_PluginRegistryExamineModule(registry, module, &list, &error));
    CHECK_INT(VM_ImportListGetCount(list), 7);
    CHECK_TEXT(VM_ImportListGet(list, 1)->name, "add");
    CHECK_INT(VM_ImportListGet(list, 6)->type->kind, VM_EXTERN_MEMORY);
    check(list, 3, VM_IMPORT_MISSING, NULL, "calc", "provides module `clac`; did you mean `calc`?");
    check(list, 4, VM_IMPORT_MISSING, NULL, NULL, "no plug-in that is loaded or in the directories for plug-ins provides module `console`");
    check(list, 6, VM_IMPORT_MISSING, NULL, NULL, "no plug-in with module `calc` has an item `memory`");
    return list;
}

static void what_is_known_of_a_plugin(void)
{
    VM_PluginRegistry *registry = searching("plugins"), *loading = searching("plugins");
    VM_ImportList *list = examine(registry);
    FILE *file;
    /* Nothing but the manifest. */
    check(list, 0, VM_IMPORT_UNKNOWN, "calc", NULL, "calc.so offers the module, and is not loaded; its functions are not known");
    CHECK_TEXT(VM_ImportListGet(list, 0)->path, in_scratch("plugins/calc.so").text);
    check(list, 1, VM_IMPORT_UNKNOWN, "calc", NULL, "its functions are not known");
    check(list, 2, VM_IMPORT_UNKNOWN, "calc", NULL, "its functions are not known");
    VM_ImportListDelete(list);
    CHECK_INT(VM_PluginRegistryGetCount(registry), 0);
    CHECK(!has_marks());

    /* Loaded. */
    NEED(VM_PluginRegistrySetModulePlugins(loading, VM_MODULE_PLUGINS_IMPORTS, &error));
    NEED(VM_PluginLoadForModule(loading, module, NULL, &error));
    list = examine(loading);
    check(list, 0, VM_IMPORT_SATISFIED, "calc", NULL, "calc.so provides it, which is loaded");
    check(list, 1, VM_IMPORT_MISMATCH, "calc", NULL, "the provided item is a function (i32, i32) -> (i32), the module imports a function (");
    check(list, 2, VM_IMPORT_MISSING, NULL, "add", "no plug-in with module `calc` has an item `ad`; did you mean `add`?");
    VM_ImportListDelete(list);
    VM_PluginRegistryDelete(loading);

    /* The index knows the functions now: of this very file, not of another one in its place. */
    list = examine(registry);
    check(list, 0, VM_IMPORT_LOADABLE, "calc", NULL, "calc.so provides it, and is not loaded");
    check(list, 1, VM_IMPORT_MISMATCH, "calc", NULL, "has it with another type");
    check(list, 2, VM_IMPORT_MISSING, NULL, "add", "did you mean `add`?");
    VM_ImportListDelete(list);
    VM_PluginRegistryDelete(registry);
    file = fopen(in_scratch("plugins/calc.so").text, "ab");
    SURE(file && fputc('x', file) == 'x' && fclose(file) == 0);
    registry = searching("plugins");
    list = examine(registry);
    check(list, 0, VM_IMPORT_UNKNOWN, "calc", NULL, "its functions are not known");
    VM_ImportListDelete(list);
    VM_PluginRegistryDelete(registry);
    copy_plugin("calc", "plugins/calc.so", NULL, NULL);
    CHECK(!has_marks());
}

static void what_may_not_be_loaded(void)
{
    VM_PluginRegistry *registry = searching("plugins");
    VM_ImportList *list = NULL;
    CHECK_OK(VM_PluginRegistrySetPolicy(registry, VM_PLUGIN_POLICY_NAMED, NULL, 0, &error));
    NEED(VM_PluginRegistryExamineModule(registry, module, &list, &error));
    check(list, 0, VM_IMPORT_MISSING, "calc", NULL, "may not be loaded: the registry allows none");
    VM_ImportListDelete(list);
    VM_PluginRegistryDelete(registry);
}

static void check_declared(VM_PluginRegistry *registry, VM_Module *declaring, VM_Status status, const char *file, const char *part)
{
    VM_ImportList *list = NULL;
    const VM_DeclaredPlugin *plugin;
    NEED(VM_PluginRegistryExamineModule(registry, declaring, &list, &error));
    CHECK_INT(VM_ImportListGetPluginCount(list), 1);
    plugin = VM_ImportListGetPlugin(list, 0);
    CHECK(VM_ImportListGetPlugin(list, 1) == NULL);
    CHECK_INT(plugin->status, status);
    CHECK_TEXT(plugin->file, file);
    CHECK_TEXT(plugin->version, file ? "1.0.0" : NULL);
    CHECK(strstr(plugin->message, part) != NULL);
    CHECK_TEXT(plugin->name, file ? "calc" : plugin->name);
    VM_ImportListDelete(list);
    VM_ModuleDelete(declaring);
}

static void what_is_declared(void)
{
    VM_PluginRegistry *registry = searching("plugins");
    Path calc = in_scratch("plugins/calc.so");
    Bytes section = { "\5\0\0", 3 };
    VM_Module *bad = load_bytes(engine, guest_with(GUEST("plugin_sum"), "libvm.plugins", &section));
    VM_ImportList *list = NULL;
    check_declared(registry, declaring(engine, "plugins/sum.wasm", "calc", "^1", "calc"), VM_STATUS_PLUGIN_NOT_ALLOWED, calc.text,
                   "VM_PluginRegistrySetModulePlugins");
    CHECK_OK(VM_PluginRegistrySetModulePlugins(registry, VM_MODULE_PLUGINS_DECLARED, &error));
    check_declared(registry, declaring(engine, "plugins/sum.wasm", "calc", "^1", "calc"), VM_STATUS_OK, calc.text, "it would be loaded");
    check_declared(registry, declaring(engine, NULL, "calc", "", ""), VM_STATUS_OK, calc.text, "it would be loaded");
    check_declared(registry, declaring(engine, NULL, "calc", ">2", ""), VM_STATUS_PLUGIN_NOT_FOUND, NULL, "version 1.0.0 is in ");
    check_declared(registry, declaring(engine, NULL, "clac", "", ""), VM_STATUS_PLUGIN_NOT_FOUND, NULL, "did you mean `calc`?");
    CHECK_INT(VM_PluginRegistryGetCount(registry), 0);
    NEED(VM_PluginLoadFromPath(registry, calc.text, NULL, &error));
    check_declared(registry, declaring(engine, NULL, "calc", "", ""), VM_STATUS_OK, calc.text, "it is loaded");
    check_declared(registry, declaring(engine, NULL, "calc", ">2", ""), VM_STATUS_PLUGIN_DEPENDENCY, calc.text, "version 1.0.0 of plug-in");
    CHECK_STATUS(VM_PluginRegistryExamineModule(registry, bad, &list, &error), VM_STATUS_BAD_PARAMETER,
                 "the custom section libvm.plugins is not valid: entry 0, at byte 0, has 3 bytes of the 4 of its size");
    VM_ModuleDelete(bad);
    VM_PluginRegistryDelete(registry);
}

static VM_Status VM_CALL nothing(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)user, (void)caller, (void)args, (void)results;
    return VM_STATUS_OK;
}

static void in_a_context(void)
{
    VM_PluginRegistry *registry = searching("plugins");
    VM_Context *context = new_context(engine);
    VM_HostModule *host = new_host("console");
    VM_ImportList *list = NULL;
    VM_Wasi *wasi = NULL;
    NEED(VM_HostModuleAddFunction(host, "print", "(i)", nothing, NULL, NULL, &error));
    NEED(VM_ContextExamineModule(context, module, &list, &error));
    check(list, 4, VM_IMPORT_MISSING, NULL, NULL, "no module `console` is registered in this context");
    check(list, 5, VM_IMPORT_MISSING, NULL, NULL, "VM_ContextRegisterWasi");
    VM_ImportListDelete(list);
    NEED(VM_ContextRegisterModule(context, host, &error));
    NEED(VM_WasiCreate(&wasi, &error));
    NEED(VM_ContextRegisterWasi(context, wasi, &error));
    NEED(VM_ContextSetModulePlugins(context, registry, &error));
    NEED(VM_ContextExamineModule(context, module, &list, &error));
    check(list, 2, VM_IMPORT_MISSING, NULL, "add", "no plug-in with module `calc` has an item `ad`; did you mean `add`?");
    VM_ImportListDelete(list);
    NEED(VM_PluginLoadFromPath(registry, in_scratch("plugins/calc.so").text, NULL, &error));
    NEED(VM_ContextExamineModule(context, module, &list, &error));
    check(list, 0, VM_IMPORT_LOADABLE, "calc", NULL, "which is loaded; it is not registered in this context");
    CHECK_INT(VM_ImportListGet(list, 4)->state, VM_IMPORT_SATISFIED);
    CHECK_INT(VM_ImportListGet(list, 4)->provider, VM_PROVIDER_HOST_MODULE);
    CHECK_INT(VM_ImportListGet(list, 5)->provider, VM_PROVIDER_WASI);
    VM_ImportListDelete(list);
    NEED(VM_ContextRegisterPlugins(context, registry, &error));
    NEED(VM_ContextExamineModule(context, module, &list, &error));
    check(list, 0, VM_IMPORT_SATISFIED, "calc", NULL, "provides it");
    check(list, 1, VM_IMPORT_MISMATCH, "calc", NULL, "has it with another type");
    check(list, 2, VM_IMPORT_MISSING, NULL, "add", "did you mean `add`?");
    VM_ImportListDelete(list);
    VM_WasiDelete(wasi);
    VM_HostModuleDelete(host);
    VM_ContextDelete(context);
    VM_PluginRegistryDelete(registry);
}

int main(void)
{
    engine = new_engine();
    make_scratch();
    make_folder("plugins");
    copy_plugin("calc", "plugins/calc.so", NULL, NULL);
    copy_plugin("named", "plugins/named.so", NULL, NULL);
    module = load(engine, GUEST("examine"));
    what_is_known_of_a_plugin();
    what_may_not_be_loaded();
    what_is_declared();
    in_a_context();
    VM_ModuleDelete(module);
    VM_EngineDelete(engine);
    return finish();
}
