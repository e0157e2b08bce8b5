/* Permissions: none by default, separate for each context; a refused call traps by name and runs no code. */
#include "plugin_files.h"

static VM_Engine *engine;
static VM_PluginRegistry *registry;

/* A context with these grants, separated by blanks. */
static VM_Context *granted(const char *grants)
{
    VM_Context *context = new_context(engine);
    char text[256], *grant;
    SURE(strlen(grants) < sizeof text);
    strcpy(text, grants);
    for (grant = strtok(text, " "); grant; grant = strtok(NULL, " "))
        CHECK_OK(VM_ContextGrantPermission(context, "permissions", grant, &error));
    CHECK_OK(VM_ContextRegisterPlugins(context, registry, &error));
    instantiate(engine, context, GUEST("permissions"));
    return context;
}

/* The call fails and names the permission, and no code of the plug-in runs. */
static void is_refused(VM_Context *context, const char *export, const char *function, const char *permission)
{
    int32_t before = run(context, "runs", NO_VALUES);
    char expected[512];
    VM_Value result = VM_ValueI32(-1);
    snprintf(expected, sizeof expected,
             "host function `permissions.%s` needs the permission `%s`, which is not granted to plug-in `permissions` in this context; "
             "the host grants it with VM_ContextGrantPermission(context, \"permissions\", \"%s\", …) before",
             function, permission, permission);
    CHECK_STATUS(VM_ContextExecute(context, latest(context), export, NO_VALUES, &result, 1, &error), VM_STATUS_PLUGIN_PERMISSION, expected);
    CHECK_INT(VM_ErrorGetTrapCode(error), VM_TRAP_HOST_FUNCTION);
    CHECK_TEXT(VM_ErrorGetModuleName(error), "permissions");
    CHECK_TEXT(VM_ErrorGetFunctionName(error), function);
    CHECK_TEXT(VM_ErrorGetPluginName(error), "permissions");
    CHECK_INT(run(context, "runs", NO_VALUES), before);
}

static void runs(VM_Context *context, const char *export)
{
    int32_t before = run(context, "runs", NO_VALUES);
    CHECK_INT(run(context, export, NO_VALUES), before + 1);
}

static void nothing_is_granted_by_default(void)
{
    VM_Context *context = granted("");
    is_refused(context, "read", "read", "fs:read");
    is_refused(context, "read_outside", "read", "fs:read");
    is_refused(context, "write", "write", "fs:write");
    is_refused(context, "git", "git", "process:exec:git");
    is_refused(context, "git_by_table", "git", "process:exec:git");
    is_refused(context, "execute_git", "execute", "process:exec:git");
    CHECK_INT(run(context, "check_read", NO_VALUES), VM_STATUS_PLUGIN_PERMISSION);
    CHECK_STATUS(VM_ContextGrantPermission(context, "permissions", "fs:read", &error), VM_STATUS_SEALED,
                 "plug-in `permissions` is registered in this context; grant it `fs:read` before");
    is_refused(context, "read", "read", "fs:read");
    VM_ContextDelete(context);
}

/* A start function is refused as all others are. */
static void a_start_function(void)
{
    VM_Context *without = granted(""), *with = granted("process:*");
    VM_Module *module = load(engine, GUEST("permissions_start"));
    CHECK_STATUS(VM_ContextInstantiate(without, module, NULL, &error), VM_STATUS_PLUGIN_PERMISSION, "`process:exec:git`");
    CHECK_OK(VM_ContextInstantiate(with, module, NULL, &error));
    VM_ModuleDelete(module);
    VM_ContextDelete(without);
    VM_ContextDelete(with);
}

static void two_contexts_have_two_grants(void)
{
    VM_Value result;
    VM_Context *reads = granted("fs:read process:exec:git"), *writes = granted("fs:write process:exec:*");
    runs(reads, "read");
    CHECK_STATUS(VM_ContextExecute(reads, latest(reads), "read_outside", NO_VALUES, &result, 1, &error), VM_STATUS_OUT_OF_BOUNDS,
                 "outside of the guest's memory");
    is_refused(writes, "read", "read", "fs:read");
    is_refused(reads, "write", "write", "fs:write");
    runs(writes, "write");
    runs(reads, "git_by_table");
    runs(writes, "git");
    runs(reads, "execute_git");
    is_refused(reads, "execute_rm", "execute", "process:exec:rm");
    runs(writes, "execute_rm");
    CHECK_INT(run(reads, "check_read", NO_VALUES), VM_STATUS_OK);
    CHECK_INT(run(writes, "check_read", NO_VALUES), VM_STATUS_PLUGIN_PERMISSION);
    CHECK_INT(run(reads, "check_broken", NO_VALUES), VM_STATUS_INVALID_ARGUMENT);
    CHECK_INT(run(reads, "check_empty", NO_VALUES), VM_STATUS_INVALID_ARGUMENT);
    VM_ContextDelete(reads);
    VM_ContextDelete(writes);
}

/* Only requests of the manifest can be granted, also by `*`. */
static void all_is_what_the_manifest_names(void)
{
    VM_Context *context = granted("*");
    runs(context, "read");
    runs(context, "write");
    runs(context, "execute_rm");
    CHECK_INT(run(context, "check_delete", NO_VALUES), VM_STATUS_PLUGIN_PERMISSION);
    VM_ContextDelete(context);
    context = granted("fs:*");
    runs(context, "write");
    is_refused(context, "git", "git", "process:exec:git");
    VM_ContextDelete(context);
}

static void a_registry_grants_to_all_its_contexts(void)
{
    VM_Context *context;
    CHECK_OK(VM_PluginRegistryGrantPermission(registry, "permissions", "fs:read", &error));
    context = granted("fs:write");
    runs(context, "read");
    runs(context, "write");
    is_refused(context, "git", "git", "process:exec:git");
    VM_ContextDelete(context);
}

static void bad_grants(void)
{
    VM_Context *context = new_context(engine);
    char large[1026];
    memset(large, 'a', sizeof large - 1);
    large[sizeof large - 1] = '\0';
    CHECK_STATUS(VM_ContextGrantPermission(context, "permissions", "", &error), VM_STATUS_INVALID_ARGUMENT, "must not be empty");
    CHECK_STATUS(VM_ContextGrantPermission(context, "permissions", "fs:*:x", &error), VM_STATUS_INVALID_ARGUMENT,
                 "plug-in `permissions` cannot be granted \"fs:*:x\": a permission must contain `*` only at its end");
    CHECK_STATUS(VM_ContextGrantPermission(context, "permissions", large, &error), VM_STATUS_INVALID_ARGUMENT, "at most 1024");
    CHECK_STATUS(VM_PluginRegistryGrantPermission(registry, "permissions", "a\tb", &error), VM_STATUS_INVALID_ARGUMENT,
                 "a permission must not contain control characters");
    CHECK_OK(VM_ContextGrantPermission(context, "permissions", "fs:reed", &error));
    CHECK_STATUS(VM_ContextRegisterPlugins(context, registry, &error), VM_STATUS_PLUGIN_PERMISSION,
                 "plug-in `permissions` is granted the permission `fs:reed`, which it does not request; it requests `fs:read`, `fs:write`, "
                 "`process:exec:*`");
    CHECK_TEXT(VM_ErrorGetPluginName(error), "permissions");
    VM_ContextDelete(context);
}

static void permissions_are_described(void)
{
    VM_Plugin *plugin = NULL;
    const VM_PluginFunction *function;
    NEED(VM_PluginRegistryFind(registry, "permissions", &plugin, &error));
    CHECK_INT(VM_PluginGetPermissionCount(plugin), 3);
    CHECK_TEXT(VM_PluginGetPermission(plugin, 2), "process:exec:*");
    CHECK_TEXT(VM_PluginGetPermission(plugin, 3), NULL);
    function = VM_PluginGetFunction(plugin, 0, 0);
    CHECK_TEXT(function->permission, "fs:read");
    VM_PluginRelease(plugin);
}

int main(void)
{
    make_scratch();
    engine = new_engine();
    registry = new_registry();
    NEED(VM_PluginLoadFromPath(registry, plugin_file("permissions").text, NULL, &error));
    nothing_is_granted_by_default();
    a_start_function();
    two_contexts_have_two_grants();
    all_is_what_the_manifest_names();
    bad_grants();
    permissions_are_described();
    a_registry_grants_to_all_its_contexts();
    VM_PluginRegistryDelete(registry);
    VM_EngineDelete(engine);
    check_refused(plugin_file("unnamed_permission").text, VM_STATUS_PLUGIN_BAD_DESCRIPTOR, "unnamed_permission",
                  "function `same`: the manifest does not name its permission `number:same`; `#define VM_PLUGIN_PERMISSIONS "
                  "\"number:other,number:same\"` before including <libvm/plugin.h>");
    remove(in_scratch("marks").text);
    check_refused(plugin_file("bad_permission").text, VM_STATUS_PLUGIN_BAD_MANIFEST, NULL,
                  "`permissions` has \"number:*:same\": a permission must contain `*` only at its end");
    CHECK(!has_marks()); /* the manifest was read, and nothing run */
    return finish();
}
