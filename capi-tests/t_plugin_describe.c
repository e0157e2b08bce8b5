/* Plug-ins of a registry: list, find, and their descriptions. */
#include "plugin_files.h"

static void listed(VM_PluginRegistry *registry)
{
    VM_Plugin *plugin = NULL;
    CHECK_INT(VM_PluginRegistryGetCount(registry), 2);
    CHECK_OK(VM_PluginRegistryFindByIndex(registry, 0, &plugin, &error));
    CHECK_TEXT(VM_PluginGetName(plugin), "calc");
    VM_PluginRelease(plugin);
    plugin = NULL;
    CHECK_OK(VM_PluginRegistryFindByIndex(registry, 1, &plugin, &error));
    CHECK_TEXT(VM_PluginGetName(plugin), "instances");
    VM_PluginRelease(plugin);
    plugin = NULL;
    CHECK_STATUS(VM_PluginRegistryFindByIndex(registry, 2, &plugin, &error), VM_STATUS_NOT_FOUND, "index 2 is out of range: the registry has 2 plug-ins");
    CHECK_STATUS(VM_PluginRegistryFind(registry, "nobody", &plugin, &error), VM_STATUS_PLUGIN_NOT_FOUND, "no plug-in `nobody` is loaded");
    CHECK_TEXT(VM_ErrorGetPluginName(error), "nobody");
    CHECK_STATUS(VM_PluginRegistryFind(registry, "\xff", &plugin, &error), VM_STATUS_BAD_UTF8, "name");
    CHECK_STATUS(VM_PluginRegistryFind(registry, NULL, &plugin, &error), VM_STATUS_NULL_ARGUMENT, "name");
    CHECK_STATUS(VM_PluginRegistryFind(registry, "calc", NULL, &error), VM_STATUS_NULL_ARGUMENT, "plugin");
    CHECK_STATUS(VM_PluginRegistryFindByIndex(registry, 0, NULL, &error), VM_STATUS_NULL_ARGUMENT, "plugin");
    CHECK(plugin == NULL);
}

static void described(const VM_Plugin *plugin)
{
    CHECK_TEXT(VM_PluginGetName(plugin), "instances");
    CHECK_TEXT(VM_PluginGetVersion(plugin), "1.0.0");
    CHECK_TEXT(VM_PluginGetDescription(plugin), "Counts its instances");
    CHECK_TEXT(VM_PluginGetLicense(plugin), "MIT OR Apache-2.0");
    CHECK_TEXT(VM_PluginGetPath(plugin), plugin_file("instances").text);
    CHECK_INT(VM_PluginGetAbiMinor(plugin), VM_ABI_MINOR);
    CHECK_INT(VM_PluginGetModuleCount(plugin), 2);
    CHECK_TEXT(VM_PluginGetModuleName(plugin, 0), "instances");
    CHECK_TEXT(VM_PluginGetModuleName(plugin, 1), "instances.more");
    CHECK_TEXT(VM_PluginGetModuleName(plugin, 2), NULL);
    CHECK_TEXT(VM_PluginGetModuleDescription(plugin, 0), "");
    CHECK_TEXT(VM_PluginGetModuleDescription(plugin, 2), NULL);
    CHECK_INT(VM_PluginGetFunctionCount(plugin, 0), 1);
    CHECK_INT(VM_PluginGetFunctionCount(plugin, 1), 2);
    CHECK_INT(VM_PluginGetFunctionCount(plugin, 2), 0);
}

static void functions(const VM_Plugin *calc, const VM_Plugin *instances)
{
    const VM_PluginFunction *function;
    const VM_ValType *types;
    size_t count = 7;

    function = VM_PluginGetFunction(calc, 0, 0);
    CHECK_TEXT(function->name, "add");
    CHECK_TEXT(function->description, "");
    CHECK_TEXT(function->permission, NULL);
    CHECK_TEXT(function->signature, "(ii)i");
    CHECK_TEXT(function->path, plugin_file("calc").text);
    CHECK_INT(function->flags, 0);
    types = VM_FuncTypeGetParams(function->type, &count);
    CHECK(count == 2 && types[0] == VM_VALTYPE_I32 && types[1] == VM_VALTYPE_I32);
    types = VM_FuncTypeGetResults(function->type, &count);
    CHECK(count == 1 && types[0] == VM_VALTYPE_I32);

    function = VM_PluginGetFunction(instances, 1, 0);
    CHECK_TEXT(function->name, "number");
    CHECK_INT(function->flags, VM_FUNCTION_PURE);
    VM_FuncTypeGetParams(function->type, &count);
    CHECK_INT(count, 0);
    function = VM_PluginGetFunction(instances, 1, 1);
    CHECK_TEXT(function->name, "other");

    CHECK(VM_PluginGetFunction(instances, 1, 2) == NULL);
    CHECK(VM_PluginGetFunction(instances, 2, 0) == NULL);
    CHECK(VM_PluginGetFunction(instances, SIZE_MAX, SIZE_MAX) == NULL);
    CHECK(VM_PluginGetFunction(NULL, 0, 0) == NULL);
}

static void hooks(VM_PluginRegistry *registry)
{
    const VM_PluginHook *hook;
    VM_Plugin *plugin = NULL;
    NEED(VM_PluginLoadFromPath(registry, plugin_file("hooks_a").text, NULL, &error));
    NEED(VM_PluginRegistryFind(registry, "hooks_a", &plugin, &error));
    CHECK_INT(VM_PluginGetHookCount(plugin), 2);
    hook = VM_PluginGetHook(plugin, 0);
    CHECK(VM_HAS(hook, description));
    CHECK_INT(hook->flags, 0);
    CHECK_TEXT(hook->point, "chain");
    CHECK_TEXT(hook->description, "does what the event says");
    hook = VM_PluginGetHook(plugin, 1);
    CHECK_TEXT(hook->point, "chian");
    CHECK_TEXT(hook->description, "");
    CHECK(!VM_PluginGetHook(plugin, 2) && !VM_PluginGetHook(plugin, SIZE_MAX) && !VM_PluginGetHook(NULL, 0));
    VM_PluginRelease(plugin);
}

/* Built with a later minor version, which appended to every struct: an older library reads what it knows. */
static void of_a_later_minor_version(VM_PluginRegistry *registry)
{
    const VM_PluginFunction *function;
    const VM_ValType *types;
    VM_Plugin *plugin = NULL;
    size_t count = 0;
    NEED(VM_PluginLoadFromPath(registry, plugin_file("newer").text, NULL, &error));
    NEED(VM_PluginRegistryFind(registry, "newer", &plugin, &error));
    CHECK_INT(VM_PluginGetAbiMinor(plugin), VM_ABI_MINOR);
    CHECK_INT(VM_PluginGetFunctionCount(plugin, 0), 2);
    function = VM_PluginGetFunction(plugin, 0, 1);
    CHECK_TEXT(function->name, "other");
    types = VM_FuncTypeGetParams(function->type, &count);
    CHECK(count == 1 && types[0] == VM_VALTYPE_F64);
    VM_PluginRelease(plugin);
}

static void nothing_of_nothing(void)
{
    CHECK_TEXT(VM_PluginGetName(NULL), NULL);
    CHECK_TEXT(VM_PluginGetVersion(NULL), NULL);
    CHECK_TEXT(VM_PluginGetDescription(NULL), NULL);
    CHECK_TEXT(VM_PluginGetLicense(NULL), NULL);
    CHECK_TEXT(VM_PluginGetPath(NULL), NULL);
    CHECK_TEXT(VM_PluginGetModuleName(NULL, 0), NULL);
    CHECK_TEXT(VM_PluginGetModuleDescription(NULL, 0), NULL);
    CHECK_INT(VM_PluginGetAbiMinor(NULL), 0);
    CHECK_INT(VM_PluginGetModuleCount(NULL), 0);
    CHECK_INT(VM_PluginGetFunctionCount(NULL, 0), 0);
    VM_PluginRelease(NULL);
    VM_PluginRegistryDelete(NULL);
}

int main(void)
{
    VM_PluginRegistry *registry;
    VM_Plugin *calc = NULL, *instances = NULL;
    make_scratch();
    registry = new_registry();
    NEED(VM_PluginLoadFromPath(registry, plugin_file("calc").text, NULL, &error));
    NEED(VM_PluginLoadFromPath(registry, plugin_file("instances").text, NULL, &error));
    listed(registry);
    NEED(VM_PluginRegistryFind(registry, "calc", &calc, &error));
    NEED(VM_PluginRegistryFind(registry, "instances", &instances, &error));
    described(instances);
    functions(calc, instances);
    of_a_later_minor_version(registry);
    CHECK_INT(VM_PluginGetHookCount(calc), 0);
    hooks(registry);

    /* Who holds a plug-in may outlive the registry. */
    VM_PluginRegistryDelete(registry);
    described(instances);
    functions(calc, instances);
    VM_PluginRelease(instances);
    VM_PluginRelease(calc);
    nothing_of_nothing();
    return finish();
}
