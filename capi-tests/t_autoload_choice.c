/* Autoload: which of several plug-ins with the same wasm module is loaded, in which version, and under which conditions. */
#include "autoload.h"

static void clear_plugins(void)
{
    Path folder = in_scratch("plugins");
    nftw(folder.text, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    make_folder("plugins");
    take_marks();
}

/* Loads in a process of its own, where no library is mapped yet. */
static void load_in_process(void (*function)(void)) { end_process(start_process(function)); }

/* The first one in the order of the search that has all functions, as far as they are known. */
static void load_first_of_two(void)
{
    check_loads(GUEST("autoload_number"), 0, "offers_number_000");
    check_reported("loaded: the module imports `number` of `module_000`; `offers_000` has that module, too, and comes later");
    CHECK_TEXT(take_marks(), "offers_number_000\n");
}

/* Instantiates the guest in a context that loads what it needs: what its functions return, and what was loaded. */
static void check_instance(int number, int other, const char *names)
{
    VM_PluginRegistry *registry = autoloading();
    VM_Context *context = new_context(engine);
    VM_Instance instance;
    VM_Module *module = numbered_guest(GUEST("autoload"), 0);
    NEED(VM_ContextSetModulePlugins(context, registry, &error));
    CHECK_OK(VM_ContextInstantiate(context, module, &instance, &error));
    CHECK_INT(run(context, "number", NO_VALUES), number);
    CHECK_INT(run(context, "other", NO_VALUES), other);
    CHECK_TEXT(loaded_names(registry), names);
    VM_ModuleDelete(module);
    VM_ContextDelete(context);
    VM_PluginRegistryDelete(registry);
}

/* The first one turns out to lack a function when it is open; only the second one is registered. */
static void load_second_unknown(void) { check_instance(1, 1, "offers_number_000,offers_000"); }

static void load_second_known(void)
{
    check_loads(GUEST("autoload"), 0, "offers_000");
    check_reported("`offers_number_000`, which comes before it, does not have them all");
    CHECK_TEXT(take_marks(), "offers_000\n");
}

static void test_two(void)
{
    clear_plugins();
    numbered("offers_number", "plugins/1-number.so", 0, NULL);
    numbered("offers", "plugins/2-all.so", 0, NULL);
    load_in_process(load_first_of_two);
    /* The functions of the first one are known now. */
    load_in_process(load_second_known);
    SURE(remove(in_scratch("index").text) == 0);
    load_in_process(load_second_unknown);
    take_marks();
    load_in_process(load_second_known);
}

/* Two plug-ins that have a function each are both loaded, and registered. */
static void load_both(void) { check_instance(2, 3, "offers_number_000,offers_other_000"); }

static void test_both(void)
{
    clear_plugins();
    SURE(remove(in_scratch("index").text) == 0);
    numbered("offers_other", "plugins/20-a.so", 0, NULL);
    numbered("offers_number", "plugins/3-b.so", 0, NULL);
    load_in_process(load_both);
    load_in_process(load_both);
}

/* A function that none has: the plug-in with the module is loaded, so that linking can name its functions. */
static void load_wrong_function(void)
{
    VM_PluginRegistry *registry = autoloading();
    VM_Context *context = new_context(engine);
    VM_Instance instance;
    VM_Module *module = numbered_guest(GUEST("autoload_number"), 0);
    NEED(VM_ContextSetModulePlugins(context, registry, &error));
    CHECK_STATUS(VM_ContextInstantiate(context, module, &instance, &error), VM_STATUS_UNRESOLVED_IMPORT,
                 "module `module_000` has no item of that name; it has `other`");
    CHECK_INT(load_for(registry, GUEST("autoload_number"), 0), VM_STATUS_OK);
    check_reported("no plug-in provides `number` of `module_000`, which the module imports");
    VM_ModuleDelete(module);
    VM_ContextDelete(context);
    VM_PluginRegistryDelete(registry);
}

static void test_wrong_function(void)
{
    clear_plugins();
    numbered("offers_other", "plugins/a.so", 0, NULL);
    load_in_process(load_wrong_function);
    load_in_process(load_wrong_function);
}

/* The highest version is loaded, unless the lock file has another one. */
static void load_highest(void)
{
    const VM_PluginReportLine *line;
    check_loads(GUEST("autoload"), 0, "offers_000");
    line = find_line(report, in_scratch("plugins/2.so").text);
    CHECK(line->loaded);
    CHECK_TEXT(line->version, "2.0.0");
    CHECK_INT(find_line(report, in_scratch("plugins/1.so").text)->status, VM_STATUS_PLUGIN_SUPERSEDED);
}

static void load_locked(void)
{
    VM_PluginRegistry *registry = new_registry();
    NEED(VM_PluginLoadFromPath(registry, in_scratch("plugins/1.so").text, NULL, &error));
    NEED(VM_PluginRegistryWriteLock(registry, in_scratch("lock").text, &error));
    VM_PluginRegistryDelete(registry);
    registry = autoloading();
    NEED(VM_PluginRegistrySetLock(registry, in_scratch("lock").text, &error));
    CHECK_INT(load_for(registry, GUEST("autoload"), 0), VM_STATUS_OK);
    CHECK_INT(find_line(report, in_scratch("plugins/2.so").text)->status, VM_STATUS_PLUGIN_HASH);
    CHECK_TEXT(find_line(report, in_scratch("plugins/1.so").text)->version, "1.0.0");
    CHECK_TEXT(loaded_names(registry), "offers_000");
    VM_PluginRegistryDelete(registry);
}

static void test_versions(void)
{
    clear_plugins();
    numbered("offers", "plugins/1.so", 0, "1.0.0");
    numbered("offers", "plugins/2.so", 0, "2.0.0");
    load_in_process(load_highest);
    load_in_process(load_locked);
}

/* One that the registry does not allow is refused before its code runs, and the next one is taken; without a next one, that is why. */
static void load_allowed(void)
{
    VM_PluginRegistry *registry = autoloading();
    const char *names[] = { "offers_number_000" };
    NEED(VM_PluginRegistrySetPolicy(registry, VM_PLUGIN_POLICY_NAMED, names, 1, &error));
    CHECK_INT(load_for(registry, GUEST("autoload_number"), 0), VM_STATUS_OK);
    CHECK_TEXT(loaded_names(registry), "offers_number_000");
    CHECK_INT(find_line(report, in_scratch("plugins/1.so").text)->status, VM_STATUS_PLUGIN_NOT_ALLOWED);
    CHECK_INT(load_for(registry, GUEST("autoload"), 0), VM_STATUS_PLUGIN_NOT_ALLOWED);
    CHECK(strstr(VM_ErrorGetMessage(error), "the registry allows offers_number_000") != NULL);
    CHECK_TEXT(take_marks(), "offers_number_000\n");
    VM_PluginRegistryDelete(registry);
}

static void load_untrusted(void)
{
    VM_PluginRegistry *registry = autoloading();
    SURE(chmod(in_scratch("plugins/1.so").text, 0666) == 0);
    CHECK_INT(load_for(registry, GUEST("autoload"), 0), VM_STATUS_UNTRUSTED_PATH);
    CHECK_TEXT(loaded_names(registry), "");
    VM_PluginRegistryDelete(registry);
}

static void test_conditions(void)
{
    clear_plugins();
    numbered("offers", "plugins/1.so", 0, NULL);
    numbered("offers_number", "plugins/2.so", 0, NULL);
    load_in_process(load_allowed);
    SURE(remove(in_scratch("plugins/2.so").text) == 0);
    load_in_process(load_untrusted);
}

int main(void)
{
    make_scratch();
    make_folder("plugins");
    test_two();
    test_both();
    test_wrong_function();
    test_versions();
    test_conditions();
    return finish();
}
