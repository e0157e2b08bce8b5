/* Libraries of plug-ins that can be unloaded are closed with the last user; others stay mapped. */
#include "plugin_log.h"

static VM_Engine *engine;

/* Returns whether a file, or a sealed copy with its name, is mapped. */
static bool is_mapped(const char *path)
{
    const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
    char line[1024];
    bool found = false;
    FILE *maps = fopen("/proc/self/maps", "r");
    SURE(maps != NULL);
    while (fgets(line, sizeof line, maps))
        found |= strstr(line, name) != NULL;
    fclose(maps);
    return found;
}

/* Compares the lines of libraries that were opened and closed since the last call. */
static void check_marks(const char *expected)
{
    char marks[512] = "";
    FILE *file = fopen(in_scratch("marks").text, "r");
    if (file) {
        marks[fread(marks, 1, sizeof marks - 1, file)] = '\0';
        fclose(file);
        remove(in_scratch("marks").text);
    }
    CHECK_TEXT(marks, expected);
}

static VM_PluginRegistry *registry_with(const char *path)
{
    VM_PluginRegistry *registry = new_registry();
    NEED(VM_PluginLoadFromPath(registry, path, NULL, &error));
    return registry;
}

static VM_Context *context_with(VM_PluginRegistry *registry)
{
    VM_Context *context = new_context(engine);
    NEED(VM_ContextRegisterPlugins(context, registry, &error));
    instantiate(engine, context, GUEST("unloadable"));
    return context;
}

/* The registry, a context and a VM_Plugin each keep it. */
static void the_last_user_closes_it(void)
{
    Path path = copy_plugin("unloadable", "one.so", NULL, NULL);
    VM_PluginRegistry *registry = registry_with(path.text);
    VM_Context *context = context_with(registry);
    VM_Plugin *plugin = NULL;
    check_marks("unloadable\n");
    CHECK(is_mapped(path.text));
    NEED(VM_PluginRegistryFindByIndex(registry, 0, &plugin, &error));
    VM_PluginRegistryDelete(registry);
    CHECK_INT(run(context, "answer", NO_VALUES), 1);
    VM_ContextDelete(context);
    CHECK_SAID("unloadable initialize; ");
    CHECK(is_mapped(path.text));
    CHECK_TEXT(VM_PluginGetModuleName(plugin, 0), "unloadable");
    VM_PluginRelease(plugin);
    CHECK_SAID("unloadable cleanup; ");
    CHECK(!is_mapped(path.text));
    check_marks("unloadable is closed\n");
}

/* A reference that a guest keeps is freed by the library's code: before cleanup, and while it is mapped. */
static void what_it_made_goes_first(void)
{
    Path path = copy_plugin("unloadable", "references.so", NULL, NULL);
    VM_PluginRegistry *registry = registry_with(path.text);
    VM_Context *context = context_with(registry);
    CHECK_INT(run(context, "keep", NO_VALUES), 1);
    VM_PluginRegistryDelete(registry);
    CHECK_INT(run(context, "keep", NO_VALUES), 1);
    CHECK(is_mapped(path.text));
    VM_ContextDelete(context);
    CHECK_SAID("unloadable initialize; unloadable cleanup; ");
    CHECK(!is_mapped(path.text));
    check_marks("unloadable\nunloadable is closed\n");
}

static void each_registry_keeps_it(void)
{
    Path path = copy_plugin("unloadable", "two.so", NULL, NULL);
    VM_PluginRegistry *one = registry_with(path.text), *other = registry_with(path.text);
    VM_PluginRegistryDelete(one);
    CHECK(is_mapped(path.text));
    VM_PluginRegistryDelete(other);
    CHECK(!is_mapped(path.text));
    CHECK_SAID("unloadable initialize; unloadable initialize; unloadable cleanup; unloadable cleanup; ");
    check_marks("unloadable\nunloadable is closed\n");
}

/* After it was closed, and while it is used: the current file is loaded. */
static void a_changed_file_is_loaded_anew(void)
{
    Path path = copy_plugin("unloadable", "changed.so", "changed", "1.0.0"), next;
    VM_PluginRegistry *registry = registry_with(path.text), *other;
    VM_Context *context = context_with(registry), *another;
    CHECK_INT(run(context, "answer", NO_VALUES), 1);
    VM_ContextDelete(context);
    VM_PluginRegistryDelete(registry);
    CHECK(!is_mapped(path.text));

    copy_plugin("unloadable_2", "changed.so", "changed", "2.0.0");
    registry = registry_with(path.text);
    context = context_with(registry);
    CHECK_INT(run(context, "answer", NO_VALUES), 2);

    next = copy_plugin("unloadable", "next", "changed", "3.0.0");
    SURE(rename(next.text, path.text) == 0);
    other = registry_with(path.text);
    another = context_with(other);
    CHECK_INT(run(another, "answer", NO_VALUES), 1);
    CHECK_INT(run(context, "answer", NO_VALUES), 2);
    VM_ContextDelete(context);
    VM_PluginRegistryDelete(registry);
    CHECK_INT(run(another, "answer", NO_VALUES), 1);
    VM_ContextDelete(another);
    VM_PluginRegistryDelete(other);
    CHECK(!is_mapped("changed.so"));
    said[0] = '\0';
    check_marks("unloadable\nunloadable is closed\nunloadable_2\nunloadable\nunloadable_2 is closed\nunloadable is closed\n");
}

static void one_that_does_not_start_is_closed(void)
{
    check_refused(plugin_file("unloadable_fails").text, VM_STATUS_PLUGIN_INITIALIZE, "unloadable_fails", "not today");
    CHECK(!is_mapped("unloadable_fails.so"));
    check_marks("unloadable_fails\nunloadable_fails is closed\n");
}

static void others_stay(void)
{
    Path path = plugin_file("not_unloadable");
    VM_PluginRegistry *registry = registry_with(path.text);
    VM_ContextDelete(context_with(registry));
    VM_PluginRegistryDelete(registry);
    CHECK_SAID("not_unloadable initialize; not_unloadable cleanup; ");
    CHECK(is_mapped(path.text));
    check_marks("not_unloadable\n");
    SURE(unsetenv("LIBVM_TEST_MARK") == 0); /* it will be closed when the program ends */
}

int main(void)
{
    make_scratch();
    engine = new_engine();
    start_listening();
    the_last_user_closes_it();
    what_it_made_goes_first();
    each_registry_keeps_it();
    a_changed_file_is_loaded_anew();
    one_that_does_not_start_is_closed();
    others_stay();
    VM_EngineDelete(engine);
    stop_listening();
    return finish();
}
