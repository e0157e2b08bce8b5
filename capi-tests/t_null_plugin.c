/* NULL and bad UTF-8 for plug-ins. A NULL registry is refused by every function. */
#include "null.h"

static void registries(void)
{
    VM_PluginRegistry *registry = NULL;
    const char *names[] = { "calc", NULL, BAD_TEXT };
    VM_Plugin *plugin = NULL;
    NEED(VM_PluginRegistryCreate(&registry, &error));
    IS_NULL(VM_PluginRegistryCreate(NULL, &error), "registry");
    IS_NULL(VM_PluginRegistrySetPolicy(registry, VM_PLUGIN_POLICY_NAMED, NULL, 1, &error), "names");
    IS_NULL(VM_PluginRegistrySetPolicy(registry, VM_PLUGIN_POLICY_NAMED, names, 2, &error), "a name");
    IS_BAD_TEXT(VM_PluginRegistrySetPolicy(registry, VM_PLUGIN_POLICY_NAMED, names + 2, 1, &error), "a name");
    CHECK_OK(VM_PluginRegistrySetPolicy(registry, VM_PLUGIN_POLICY_NAMED, NULL, 0, &error));
    IS_NULL(VM_PluginRegistrySetPolicy(NULL, VM_PLUGIN_POLICY_ANY, NULL, 0, &error), "registry");
    IS_NULL(VM_PluginRegistryAddSearchDirectory(registry, NULL, &error), "directory");
    IS_NULL(VM_PluginRegistryAddSearchDirectory(NULL, "d", &error), "registry");
    IS_NULL(VM_PluginRegistrySetStateFile(registry, NULL, &error), "path");
    IS_NULL(VM_PluginRegistrySetStateFile(NULL, "f", &error), "registry");
    IS_NULL(VM_PluginLoadFromPath(registry, NULL, NULL, &error), "path");
    IS_NULL(VM_PluginRegistryUpdateFromPath(registry, NULL, NULL, &error), "path");
    IS_NULL(VM_PluginLoadFromPath(NULL, "nowhere/at_all", NULL, &error), "registry");
    IS_NULL(VM_PluginLoadWithDefaultPaths(NULL, NULL, &error), "registry");
    IS_NULL(VM_PluginRegistryUpdateFromPath(NULL, "nowhere/at_all", NULL, &error), "registry");
    IS_NULL(VM_PluginRegistryAddBuiltin(NULL, NULL, &error), "registry");
    CHECK_OK(VM_PluginLoadWithDefaultPaths(registry, NULL, &error));
    CHECK_STATUS(VM_PluginRegistryAddBuiltin(registry, NULL, &error), VM_STATUS_NULL_ARGUMENT, "of a built-in plug-in is NULL");
    IS_NULL(VM_PluginRegistryFindByIndex(registry, 0, NULL, &error), "plugin");
    IS_NULL(VM_PluginRegistryFind(registry, "calc", NULL, &error), "plugin");
    IS_NULL(VM_PluginRegistryFind(registry, NULL, &plugin, &error), "name");
    IS_BAD_TEXT(VM_PluginRegistryFind(registry, BAD_TEXT, &plugin, &error), "name");
    IS_NULL(VM_PluginRegistryFind(NULL, "calc", &plugin, &error), "registry");
    CHECK_STATUS(VM_PluginRegistryFind(registry, "calc", &plugin, &error), VM_STATUS_PLUGIN_NOT_FOUND,
                 "no plug-in `calc` is loaded in this registry; it has none");
    CHECK_TEXT(VM_ErrorGetPluginName(error), "calc");
    IS_NULL(VM_PluginRegistryFindByIndex(NULL, 0, &plugin, &error), "registry");
    CHECK_STATUS(VM_PluginRegistryFindByIndex(registry, 0, &plugin, &error), VM_STATUS_NOT_FOUND, "index 0 is out of range: the registry has 0 plug-ins");
    CHECK_INT(VM_PluginRegistryGetCount(NULL), 0);
    CHECK(plugin == NULL);
    VM_PluginRegistryDelete(registry);
    VM_PluginRegistryDelete(NULL);
}

static void trust(void)
{
    VM_PluginRegistry *registry = NULL;
    NEED(VM_PluginRegistryCreate(&registry, &error));
    IS_NULL(VM_PluginRegistrySetFileChecks(NULL, true, &error), "registry");
    CHECK_OK(VM_PluginRegistrySetFileChecks(registry, true, NULL));
    IS_NULL(VM_PluginRegistryAddTrustedGroup(NULL, 0, &error), "registry");
    CHECK_OK(VM_PluginRegistryAddTrustedGroup(registry, 0, NULL));
    IS_NULL(VM_PluginRegistrySetLock(registry, NULL, &error), "path");
    IS_NULL(VM_PluginRegistrySetLock(NULL, "f", &error), "registry");
    IS_NULL(VM_PluginRegistryWriteLock(registry, NULL, &error), "path");
    IS_NULL(VM_PluginRegistryWriteLock(NULL, "f", &error), "registry");
    CHECK_STATUS(VM_PluginRegistrySetLock(registry, "", &error), VM_STATUS_INVALID_ARGUMENT, "not a valid path of a lock file");
    CHECK_STATUS(VM_PluginRegistryWriteLock(registry, "", &error), VM_STATUS_INVALID_ARGUMENT, "not a valid path of a lock file");
    IS_NULL(VM_PluginRegistryAddKey(registry, NULL, &error), "key");
    IS_NULL(VM_PluginRegistryAddKey(NULL, "key", &error), "registry");
    IS_BAD_TEXT(VM_PluginRegistryAddKey(registry, BAD_TEXT, &error), "key");
    VM_PluginRegistryDelete(registry);
}

static void reports(void)
{
    VM_PluginRegistry *registry = NULL;
    VM_PluginReport *report = NULL;
    NEED(VM_PluginRegistryCreate(&registry, &error));
    CHECK_STATUS(VM_PluginLoadFromPath(registry, "nowhere/at_all", &report, &error), VM_STATUS_PLUGIN_NOT_FOUND, "nowhere/at_all");
    CHECK_INT(VM_PluginReportGetCount(report), 1);
    CHECK_INT(VM_PluginReportGetCount(NULL), 0);
    CHECK(VM_PluginReportGetLine(NULL, 0) == NULL);
    CHECK(VM_PluginReportGetLine(report, 1) == NULL);
    CHECK_INT(VM_PluginReportGetLine(report, 0)->status, VM_STATUS_PLUGIN_NOT_FOUND);
    VM_PluginReportDelete(report);
    VM_PluginReportDelete(NULL);
    VM_PluginRegistryDelete(registry);
}

static void plugins(void)
{
    VM_Engine *engine = new_engine();
    VM_Context *context = new_context(engine);
    CHECK_TEXT(VM_PluginGetName(NULL), NULL);
    CHECK_TEXT(VM_PluginGetVersion(NULL), NULL);
    CHECK_TEXT(VM_PluginGetDescription(NULL), NULL);
    CHECK_TEXT(VM_PluginGetLicense(NULL), NULL);
    CHECK_TEXT(VM_PluginGetPath(NULL), NULL);
    CHECK_INT(VM_PluginGetAbiMinor(NULL), 0);
    CHECK_INT(VM_PluginGetModuleCount(NULL), 0);
    CHECK_TEXT(VM_PluginGetModuleName(NULL, 0), NULL);
    CHECK_TEXT(VM_PluginGetModuleDescription(NULL, 0), NULL);
    CHECK_INT(VM_PluginGetFunctionCount(NULL, 0), 0);
    CHECK(VM_PluginGetFunction(NULL, 0, 0) == NULL);
    VM_PluginRelease(NULL);
    IS_NULL(VM_ContextRegisterPlugin(NULL, NULL, &error), "context");
    IS_NULL(VM_ContextRegisterPlugin(context, NULL, &error), "plugin");
    IS_NULL(VM_ContextRegisterPlugins(NULL, NULL, &error), "context");
    IS_NULL(VM_ContextUpdatePlugin(NULL, NULL, &error), "context");
    IS_NULL(VM_ContextUpdatePlugin(context, NULL, &error), "plugin");
    CHECK(VM_PluginGetExtension(NULL, "libvm.snapshot/1") == NULL);
    CHECK(VM_PluginGetExtension(NULL, NULL) == NULL);
    IS_NULL(VM_ContextRegisterPlugins(context, NULL, &error), "registry");
    VM_ContextDelete(context);
    VM_EngineDelete(engine);
}

static void options(void)
{
    VM_Engine *engine = new_engine();
    VM_Context *context = new_context(engine);
    const char *items[] = { "one", NULL, BAD_TEXT };
    IS_NULL(VM_ContextSetPluginOption(NULL, "plugin", "key", "value", &error), "context");
    IS_NULL(VM_ContextSetPluginOption(context, NULL, "key", "value", &error), "plugin");
    IS_NULL(VM_ContextSetPluginOption(context, "plugin", NULL, "value", &error), "key");
    IS_NULL(VM_ContextSetPluginOption(context, "plugin", "key", NULL, &error), "value");
    IS_BAD_TEXT(VM_ContextSetPluginOption(context, BAD_TEXT, "key", "value", &error), "plugin");
    IS_BAD_TEXT(VM_ContextSetPluginOption(context, "plugin", BAD_TEXT, "value", &error), "key");
    IS_BAD_TEXT(VM_ContextSetPluginOption(context, "plugin", "key", BAD_TEXT, &error), "value");
    IS_NULL(VM_ContextSetPluginOptionBool(NULL, "plugin", "key", true, &error), "context");
    IS_NULL(VM_ContextSetPluginOptionBool(context, NULL, "key", true, &error), "plugin");
    IS_NULL(VM_ContextSetPluginOptionBool(context, "plugin", NULL, true, &error), "key");
    IS_NULL(VM_ContextSetPluginOptionInteger(NULL, "plugin", "key", 1, &error), "context");
    IS_NULL(VM_ContextSetPluginOptionInteger(context, NULL, "key", 1, &error), "plugin");
    IS_NULL(VM_ContextSetPluginOptionInteger(context, "plugin", NULL, 1, &error), "key");
    IS_NULL(VM_ContextSetPluginOptionFloat(NULL, "plugin", "key", 1, &error), "context");
    IS_NULL(VM_ContextSetPluginOptionFloat(context, NULL, "key", 1, &error), "plugin");
    IS_NULL(VM_ContextSetPluginOptionFloat(context, "plugin", NULL, 1, &error), "key");
    IS_NULL(VM_ContextSetPluginOptionList(NULL, "plugin", "key", items, 1, &error), "context");
    IS_NULL(VM_ContextSetPluginOptionList(context, NULL, "key", items, 1, &error), "plugin");
    IS_NULL(VM_ContextSetPluginOptionList(context, "plugin", NULL, items, 1, &error), "key");
    IS_NULL(VM_ContextSetPluginOptionList(context, "plugin", "key", NULL, 1, &error), "items");
    IS_NULL(VM_ContextSetPluginOptionList(context, "plugin", "key", items, 2, &error), "an item");
    IS_BAD_TEXT(VM_ContextSetPluginOptionList(context, "plugin", "key", items + 2, 1, &error), "an item");
    CHECK_INT(VM_PluginGetOptionCount(NULL), 0);
    CHECK(VM_PluginGetOption(NULL, 0) == NULL);
    VM_ContextDelete(context);
    VM_EngineDelete(engine);
}

static void permissions(void)
{
    VM_Engine *engine = new_engine();
    VM_Context *context = new_context(engine);
    VM_PluginRegistry *registry = NULL;
    NEED(VM_PluginRegistryCreate(&registry, &error));
    IS_NULL(VM_ContextGrantPermission(NULL, "plugin", "permission", &error), "context");
    IS_NULL(VM_ContextGrantPermission(context, NULL, "permission", &error), "plugin");
    IS_NULL(VM_ContextGrantPermission(context, "plugin", NULL, &error), "permission");
    IS_BAD_TEXT(VM_ContextGrantPermission(context, BAD_TEXT, "permission", &error), "plugin");
    IS_BAD_TEXT(VM_ContextGrantPermission(context, "plugin", BAD_TEXT, &error), "permission");
    IS_NULL(VM_PluginRegistryGrantPermission(NULL, "plugin", "permission", &error), "registry");
    IS_NULL(VM_PluginRegistryGrantPermission(registry, NULL, "permission", &error), "plugin");
    IS_NULL(VM_PluginRegistryGrantPermission(registry, "plugin", NULL, &error), "permission");
    IS_BAD_TEXT(VM_PluginRegistryGrantPermission(registry, BAD_TEXT, "permission", &error), "plugin");
    IS_BAD_TEXT(VM_PluginRegistryGrantPermission(registry, "plugin", BAD_TEXT, &error), "permission");
    CHECK_INT(VM_PluginGetPermissionCount(NULL), 0);
    CHECK_TEXT(VM_PluginGetPermission(NULL, 0), NULL);
    IS_NULL(VM_PluginRegistrySetDataDirectory(NULL, VM_DIRECTORY_TEMP, NULL, &error), "registry");
    CHECK_OK(VM_PluginRegistrySetDataDirectory(registry, VM_DIRECTORY_TEMP, NULL, &error));
    VM_PluginRegistryDelete(registry);
    VM_ContextDelete(context);
    VM_EngineDelete(engine);
}

int main(void)
{
    options();
    permissions();
    registries();
    trust();
    reports();
    plugins();
    return finish();
}
