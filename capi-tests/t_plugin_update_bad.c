/* Failed updates: nothing is changed, and the message has the reason. */
#include "plugin_versions.h"

static void check_stays(const char *from, const char *to, VM_Status status, const char *message)
{
    VM_Context *context = counted_to_five(from), *new;
    VM_Plugin *other = updated_to(to, "loaded, replacing version 1.0.0");
    CHECK_STATUS(VM_ContextUpdatePlugin(context, other, &error), status, message);
    CHECK_TEXT(VM_ErrorGetPluginName(error), "versioned");
    CHECK_INT(run(context, "count", NO_VALUES), 6);
    instantiate(engine, context, GUEST("versioned"));
    CHECK_INT(run(context, "count", NO_VALUES), 7);
    new = context_with(GUEST("versioned_number"));
    CHECK_INT(run(new, "version", NO_VALUES), VM_PluginGetVersion(other)[0] - '0');
    VM_PluginRelease(other);
    VM_PluginRegistryDelete(registry);
    VM_ContextDelete(new);
    VM_ContextDelete(context);
    said[0] = '\0';
}

static void what_is_not_there_cannot_move(void)
{
    VM_Context *context = counted_to_five("versioned"), *other = new_context(engine);
    VM_PluginRegistry *another = new_registry();
    VM_Plugin *plugin = updated_to("versioned_2", "loaded, replacing version 1.0.0"), *foreign = NULL;
    CHECK_STATUS(VM_ContextUpdatePlugin(other, plugin, &error), VM_STATUS_PLUGIN_NOT_FOUND,
                 "no version of plug-in `versioned` is registered in this context; register it");
    NEED(VM_PluginLoadFromPath(another, plugin_file("versioned_2").text, NULL, &error));
    NEED(VM_PluginRegistryFindByIndex(another, 0, &foreign, &error));
    CHECK_STATUS(VM_ContextUpdatePlugin(context, foreign, &error), VM_STATUS_PLUGIN_NOT_FOUND, "no version of plug-in");
    CHECK_INT(run(context, "count", NO_VALUES), 6);
    VM_PluginRelease(foreign);
    VM_PluginRelease(plugin);
    VM_PluginRegistryDelete(another);
    VM_PluginRegistryDelete(registry);
    VM_ContextDelete(other);
    VM_ContextDelete(context);
    said[0] = '\0';
}

/* The new version's instance cannot take the state: the registry stays with the old one. */
static void a_singleton_stays(void)
{
    VM_Context *context = counted_to_five("versioned_singleton_1");
    VM_Plugin *plugin;
    CHECK_STATUS(VM_PluginRegistryUpdateFromPath(registry, plugin_file("versioned_singleton_fails").text, NULL, &error),
                 VM_STATUS_PLUGIN_INITIALIZE, "that is too old for me");
    CHECK_SAID("versioned 4.0.0 initialize; versioned libvm.snapshot/1; versioned 4.0.0 create; versioned 4.0.0 destroy; "
               "versioned 4.0.0 cleanup; ");
    plugin = find();
    CHECK_TEXT(VM_PluginGetVersion(plugin), "1.0.0");
    CHECK_INT(run(context, "count", NO_VALUES), 6);
    VM_PluginRelease(plugin);

    /* A version without the extension starts without state; the report says so. */
    VM_PluginRelease(updated_to("versioned_singleton_forgets", "has no extension libvm.snapshot/1, and the instance's state would be lost"));
    VM_ContextDelete(context);
    context = context_with(GUEST("versioned"));
    CHECK_INT(run(context, "count", NO_VALUES), 4);
    VM_ContextDelete(context);
    VM_PluginRegistryDelete(registry);
    said[0] = '\0';
}

/* Loads a directory into the registry, or updates from it. */
static void check_lines(const char *folder, VM_Status status, const char *message)
{
    CHECK_STATUS(VM_PluginRegistryUpdateFromPath(registry, in_scratch(folder).text, NULL, &error), status, message);
}

static void dependencies_are_kept(void)
{
    VM_Plugin *plugin = NULL;
    registry = new_registry();
    make_folder("first");
    make_folder("second");
    make_folder("third");
    copy_plugin("versioned", "first/1-versioned.so", NULL, NULL);
    copy_plugin("needs_old", "first/2-needs.so", NULL, NULL);
    copy_plugin("versioned_2", "second/versioned.so", NULL, NULL);
    copy_plugin("versioned_2", "third/versioned.so", NULL, NULL);
    copy_plugin("needs_new", "third/needs.so", NULL, NULL);
    check_lines("first", VM_STATUS_OK, NULL);
    check_lines("second", VM_STATUS_PLUGIN_DEPENDENCY, "plug-in `needs` 1.0.0 needs `versioned` <2; update them together");
    plugin = find();
    CHECK_TEXT(VM_PluginGetVersion(plugin), "1.0.0");
    VM_PluginRelease(plugin);
    CHECK_SAID("versioned 1.0.0 initialize; ");
    check_lines("third", VM_STATUS_OK, NULL);
    CHECK_INT(VM_PluginRegistryGetCount(registry), 2);
    NEED(VM_PluginRegistryFindByIndex(registry, 1, &plugin, &error));
    CHECK_TEXT(VM_PluginGetVersion(plugin), "2.0.0");
    CHECK_TEXT(VM_PluginGetName(plugin), "needs");
    VM_PluginRelease(plugin);
    /* Nobody needs the old one any more. */
    CHECK_SAID("versioned 2.0.0 initialize; versioned 1.0.0 cleanup; ");
    VM_PluginRegistryDelete(registry);
    CHECK_SAID("versioned 2.0.0 cleanup; ");
}

int main(void)
{
    make_scratch();
    engine = new_engine();
    start_listening();
    check_stays("versioned", "versioned_FAIL_RESTORE", VM_STATUS_PLUGIN_INITIALIZE, "that is too old for me");
    check_stays("versioned", "versioned_NO_EXTENSION", VM_STATUS_UNSUPPORTED, "has no extension libvm.snapshot/1");
    check_stays("versioned", "versioned_NO_RESTORE", VM_STATUS_PLUGIN_BAD_DESCRIPTOR, "its save or its restore is NULL");
    check_stays("versioned", "versioned_NO_COUNT", VM_STATUS_INCOMPATIBLE_IMPORT,
                "imports `versioned.count`, which in version 4.0.0 of plug-in `versioned` differs: the provided item is a function "
                "(i32) -> (i32)");
    check_stays("versioned", "versioned_FLAGS", VM_STATUS_UNSUPPORTED, "one of them is a singleton");
    check_stays("versioned_FAIL_SAVE", "versioned_2", VM_STATUS_PLUGIN_INITIALIZE, "cannot save today");
    check_stays("versioned_TOO_MUCH", "versioned_2", VM_STATUS_LIMIT, "more than 67108864 bytes");
    what_is_not_there_cannot_move();
    a_singleton_stays();
    dependencies_are_kept();
    VM_EngineDelete(engine);
    stop_listening();
    return finish();
}
