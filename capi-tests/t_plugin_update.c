/* Updates: new contexts use the new version; old ones keep theirs until they are moved, with their state. */
#include "plugin_versions.h"

static void old_contexts_keep_the_old_version(void)
{
    VM_Context *old = counted_to_five("versioned"), *new;
    VM_Plugin *plugin;
    CHECK_STATUS(VM_PluginLoadFromPath(registry, plugin_file("versioned_2").text, NULL, &error), VM_STATUS_ALREADY_EXISTS,
                 "or update to it");
    plugin = updated_to("versioned_2", "loaded, replacing version 1.0.0");
    CHECK_TEXT(VM_PluginGetVersion(plugin), "2.0.0");
    new = context_with(GUEST("versioned"));
    CHECK_INT(run(new, "count", NO_VALUES), 2);
    CHECK_INT(run(old, "count", NO_VALUES), 6);
    CHECK_SAID("versioned 2.0.0 initialize; versioned 2.0.0 create; ");

    /* Nothing changes for it unless that is asked for. */
    CHECK_OK(VM_ContextRegisterPlugins(old, registry, &error));
    CHECK_STATUS(VM_ContextRegisterPlugin(old, plugin, &error), VM_STATUS_ALREADY_EXISTS,
                 "version 1.0.0 of plug-in `versioned` is registered in this context; VM_ContextUpdatePlugin moves it to 2.0.0");
    instantiate(engine, old, GUEST("versioned"));
    CHECK_INT(run(old, "count", NO_VALUES), 7);
    CHECK_STATUS(VM_PluginRegistryUpdateFromPath(registry, plugin_file("versioned").text, NULL, &error), VM_STATUS_PLUGIN_SUPERSEDED,
                 "is superseded by version 2.0.0");
    CHECK_OK(VM_PluginRegistryUpdateFromPath(registry, plugin_file("versioned_2").text, NULL, &error));
    CHECK_SAID("");

    VM_PluginRelease(plugin);
    VM_ContextDelete(old);
    CHECK_SAID("versioned 1.0.0 destroy; versioned 1.0.0 cleanup; ");
    CHECK_INT(run(new, "count", NO_VALUES), 4);
    VM_PluginRegistryDelete(registry);
    VM_ContextDelete(new);
    CHECK_SAID("versioned 2.0.0 destroy; versioned 2.0.0 cleanup; ");
}

/* The instance's state is moved, and existing guests call the new version. */
static void a_context_moves(void)
{
    VM_Context *context = counted_to_five("versioned");
    VM_Plugin *plugin = updated_to("versioned_2", "loaded, replacing version 1.0.0"), *last;
    VM_Instance other;
    VM_Value result;
    CHECK_SAID("versioned 2.0.0 initialize; ");
    CHECK_INT(run(context, "length", NO_VALUES), 5);
    CHECK_INT(run(context, "outside", NO_VALUES), 5);
    CHECK_OK(VM_ContextUpdatePlugin(context, plugin, &error));
    CHECK_SAID("versioned libvm.snapshot/1; versioned 2.0.0 create; versioned 1.0.0 destroy; ");
    CHECK_INT(run(context, "count", NO_VALUES), 7);
    /* Where the new version takes a piece of the guest's memory, that is checked. */
    CHECK_INT(run(context, "length", NO_VALUES), 2005);
    CHECK_STATUS(VM_ContextExecute(context, latest(context), "outside", NO_VALUES, &result, 1, &error), VM_STATUS_OUT_OF_BOUNDS, "outside of the guest's memory");
    CHECK_OK(VM_ContextUpdatePlugin(context, plugin, &error));
    other = instantiate(engine, context, GUEST("versioned_number"));
    CHECK_INT(run(context, "version", NO_VALUES), 2);
    CHECK_OK(VM_ContextRemoveInstance(context, other, &error));

    /* On to the next; each version is asked once. */
    last = updated_to("versioned_3", "loaded, replacing version 2.0.0");
    CHECK_OK(VM_ContextUpdatePlugin(context, last, &error));
    CHECK_SAID("versioned 3.0.0 initialize; versioned 3.0.0 create; versioned 2.0.0 destroy; ");
    /* And back. */
    CHECK_OK(VM_ContextUpdatePlugin(context, plugin, &error));
    CHECK_SAID("versioned 2.0.0 create; versioned 3.0.0 destroy; ");
    CHECK_INT(*(const int *)VM_PluginGetExtension(last, "test.version/1"), 3);
    CHECK(VM_PluginGetExtension(last, "test.version/1") == VM_PluginGetExtension(last, "test.version/1"));
    CHECK(VM_PluginGetExtension(last, NULL) == NULL && VM_PluginGetExtension(last, "\xff") == NULL);
    CHECK(VM_PluginGetExtension(last, "test.nothing/1") == NULL && VM_PluginGetExtension(last, "test.nothing/1") == NULL);
    CHECK_SAID("versioned test.version/1; versioned test.nothing/1; ");
    VM_PluginRelease(last);
    VM_PluginRelease(plugin);
    VM_PluginRegistryDelete(registry);
    VM_ContextDelete(context);
    said[0] = '\0';
}

/* Functions stay granted or refused as before. */
static void permissions_stay(void)
{
    VM_Context *refused = counted_to_five("versioned"), *granted = new_context(engine);
    VM_Plugin *plugin;
    VM_Value result;
    NEED(VM_ContextGrantPermission(granted, "versioned", "test:guarded", &error));
    NEED(VM_ContextRegisterPlugins(granted, registry, &error));
    instantiate(engine, granted, GUEST("versioned"));
    plugin = updated_to("versioned_2", "loaded, replacing version 1.0.0");
    for (int version = 1; version <= 2; version++) {
        CHECK_STATUS(VM_ContextExecute(refused, latest(refused), "guarded", NO_VALUES, &result, 1, &error), VM_STATUS_PLUGIN_PERMISSION,
                     "test:guarded");
        CHECK_INT(run(granted, "guarded", NO_VALUES), 1000 * version + 5);
        CHECK_OK(VM_ContextUpdatePlugin(refused, plugin, &error));
        CHECK_OK(VM_ContextUpdatePlugin(granted, plugin, &error));
    }
    VM_PluginRelease(plugin);
    VM_PluginRegistryDelete(registry);
    VM_ContextDelete(refused);
    VM_ContextDelete(granted);
    said[0] = '\0';
}

/* A singleton's state is moved when its registry is updated; contexts are moved as usual. */
static void a_singleton_moves(void)
{
    VM_Context *old = counted_to_five("versioned_singleton_1"), *new;
    VM_Plugin *plugin = updated_to("versioned_singleton_2", "loaded, replacing version 1.0.0");
    CHECK_SAID("versioned 2.0.0 initialize; versioned libvm.snapshot/1; versioned 2.0.0 create; ");
    new = context_with(GUEST("versioned"));
    CHECK_INT(run(new, "count", NO_VALUES), 7);
    CHECK_INT(run(old, "count", NO_VALUES), 6);
    CHECK_OK(VM_ContextUpdatePlugin(old, plugin, &error));
    CHECK_INT(run(old, "count", NO_VALUES), 9);
    CHECK_SAID("");
    VM_PluginRelease(plugin);
    VM_ContextDelete(old);
    CHECK_SAID("versioned 1.0.0 destroy; versioned 1.0.0 cleanup; ");
    VM_ContextDelete(new);
    VM_PluginRegistryDelete(registry);
    CHECK_SAID("versioned 2.0.0 destroy; versioned 2.0.0 cleanup; ");
}

/* One that no context has used is not made for the update. */
static void an_unused_singleton_is_not_made(void)
{
    registry = new_registry();
    NEED(VM_PluginLoadFromPath(registry, plugin_file("versioned_singleton_1").text, NULL, &error));
    VM_PluginRelease(updated_to("versioned_singleton_2", "loaded, replacing version 1.0.0"));
    VM_PluginRegistryDelete(registry);
    CHECK_SAID("versioned 1.0.0 initialize; versioned 2.0.0 initialize; versioned 1.0.0 cleanup; versioned 2.0.0 cleanup; ");
}

int main(void)
{
    make_scratch();
    engine = new_engine();
    start_listening();
    old_contexts_keep_the_old_version();
    a_context_moves();
    permissions_stay();
    a_singleton_moves();
    an_unused_singleton_is_not_made();
    VM_EngineDelete(engine);
    stop_listening();
    return finish();
}
