/* Singletons and the calling context: permissions are those of `caller->self`. */
#include "plugin_files.h"

static VM_Engine *engine;
static VM_PluginRegistry *registry;

static VM_Context *granted(const char *grant)
{
    VM_Context *context = new_context(engine);
    if (grant)
        NEED(VM_ContextGrantPermission(context, "permissions_singleton", grant, &error));
    NEED(VM_ContextRegisterPlugins(context, registry, &error));
    instantiate(engine, context, GUEST("permissions"));
    return context;
}

/* A call that may fail, with `error`. */
static VM_Status try_run(VM_Context *context, const char *name)
{
    VM_Value result;
    return VM_ContextExecute(context, latest(context), name, NO_VALUES, &result, 1, &error);
}

static void contexts_have_their_own_grants(void)
{
    VM_Context *first = granted(NULL), *git = granted("process:exec:git"), *rm = granted("process:exec:rm"), *files = granted("fs:*");
    /* By function: decided when the guest is linked. By argument: asked in the call, where a singleton used to be denied. */
    CHECK_INT(run(git, "git", NO_VALUES), 1);
    CHECK_INT(run(git, "execute_git", NO_VALUES), 2);
    CHECK_INT(run(rm, "execute_rm", NO_VALUES), 3);
    CHECK_INT(run(files, "check_read", NO_VALUES), VM_STATUS_OK);
    CHECK_INT(run(git, "check_read", NO_VALUES), VM_STATUS_PLUGIN_PERMISSION);
    CHECK_STATUS(try_run(git, "execute_rm"), VM_STATUS_PLUGIN_PERMISSION,
                 "host function `permissions.execute` needs the permission `process:exec:rm`, which is not granted to plug-in "
                 "`permissions_singleton` in this context");
    CHECK_STATUS(try_run(rm, "execute_git"), VM_STATUS_PLUGIN_PERMISSION, "`process:exec:git`");
    CHECK_STATUS(try_run(first, "execute_git"), VM_STATUS_PLUGIN_PERMISSION, "`process:exec:git`");
    CHECK_INT(run(rm, "execute_rm", NO_VALUES), 4); /* refused functions have not run */
    VM_ContextDelete(git);
    CHECK_INT(run(rm, "execute_rm", NO_VALUES), 5);
    VM_ContextDelete(first);
    VM_ContextDelete(rm);
    VM_ContextDelete(files);
}

int main(void)
{
    make_scratch();
    engine = new_engine();
    registry = new_registry();
    NEED(VM_PluginLoadFromPath(registry, plugin_file("permissions_singleton").text, NULL, &error));
    contexts_have_their_own_grants();
    VM_PluginRegistryDelete(registry);
    VM_EngineDelete(engine);
    return finish();
}
