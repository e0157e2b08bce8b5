/* Autoload: of many plug-ins, those that provide what a module imports are loaded, and no code of the others runs. */
#include "autoload.h"

enum { MANY = 100 };

static void make_many(void)
{
    char name[40];
    int i;
    make_folder("plugins");
    for (i = 0; i < MANY; i++) {
        snprintf(name, sizeof name, "plugins/%d-plugin.so", i);
        numbered("offers", name, i, NULL);
    }
}

static void load_one(void)
{
    const VM_PluginReportLine *line;
    check_loads(GUEST("autoload"), 42, "offers_042");
    CHECK_TEXT(take_marks(), "offers_042\n");
    CHECK_INT(VM_PluginReportGetCount(report), 1);
    line = find_line(report, in_scratch("plugins/42-plugin.so").text);
    CHECK(line->loaded);
    CHECK_TEXT(line->name, "offers_042");
    CHECK_TEXT(line->message, "loaded: the module imports `number` and `other` of `module_042`");
    CHECK(access(in_scratch("index").text, F_OK) == 0);
}

/* One of a hundred is opened, in the first process that looks as in one that finds the index. */
static void test_one_of_many(void)
{
    end_process(start_process(load_one));
    end_process(start_process(load_one));
}

/* Nothing is loaded unless the host allows it for imports. */
static void test_policy_of_the_host(void)
{
    VM_PluginRegistry *registry = autoloading();
    NEED(VM_PluginRegistrySetModulePlugins(registry, 0, &error));
    CHECK_INT(load_for(registry, GUEST("autoload"), 1), VM_STATUS_OK);
    NEED(VM_PluginRegistrySetModulePlugins(registry, VM_MODULE_PLUGINS_DECLARED, &error));
    CHECK_INT(load_for(registry, GUEST("autoload"), 1), VM_STATUS_OK);
    CHECK_INT(VM_PluginReportGetCount(report), 0);
    CHECK_INT(VM_PluginRegistryGetCount(registry), 0);
    CHECK(!has_marks());
    VM_PluginRegistryDelete(registry);
}

/* What is loaded is used, and what a module does not import is not. */
static void test_loaded_already(void)
{
    VM_PluginRegistry *registry = autoloading();
    CHECK_INT(load_for(registry, GUEST("autoload"), 7), VM_STATUS_OK);
    CHECK_INT(load_for(registry, GUEST("autoload_number"), 7), VM_STATUS_OK);
    CHECK_TEXT(find_line(report, in_scratch("plugins/7-plugin.so").text)->message,
               "already loaded: the module imports `number` of `module_007`");
    CHECK_INT(load_for(registry, GUEST("autoload"), 3), VM_STATUS_OK);
    CHECK_INT(load_for(registry, GUEST("exports"), 0), VM_STATUS_OK);
    CHECK_TEXT(loaded_names(registry), "offers_007,offers_003");
    CHECK_TEXT(take_marks(), "offers_007\noffers_003\n");
    VM_PluginRegistryDelete(registry);
}

/* A context does it by itself, before it links a module. */
static void test_context(void)
{
    VM_PluginRegistry *registry = autoloading();
    VM_Context *context = new_context(engine);
    VM_Module *module = numbered_guest(GUEST("autoload"), 42), *missing = numbered_guest(GUEST("autoload"), 500);
    VM_Instance instance;
    NEED(VM_ContextSetModulePlugins(context, registry, &error));
    CHECK_OK(VM_ContextInstantiate(context, module, &instance, &error));
    CHECK_INT(run(context, "number", NO_VALUES), 1);
    CHECK_INT(run(context, "other", NO_VALUES), 1);
    CHECK_STATUS(VM_ContextInstantiate(context, missing, &instance, &error), VM_STATUS_UNRESOLVED_IMPORT, "module_500.number");
    CHECK_TEXT(loaded_names(registry), "offers_042");
    VM_ContextDelete(context);
    context = new_context(engine);
    NEED(VM_ContextSetModulePlugins(context, registry, &error));
    CHECK_OK(VM_ContextInstantiate(context, module, &instance, &error));
    CHECK_INT(run(context, "number", NO_VALUES), 1);
    CHECK_TEXT(take_marks(), "offers_042\n");
    VM_ModuleDelete(missing);
    VM_ModuleDelete(module);
    VM_PluginRegistryDelete(registry);
    VM_ContextDelete(context);
}

/* What no plug-in provides is not a failure: the host may provide it. */
static void test_missing(void)
{
    VM_PluginRegistry *registry = autoloading();
    CHECK_INT(load_for(registry, GUEST("autoload"), 500), VM_STATUS_OK);
    check_reported("no plug-in provides `number` and `other` of `module_500`, which the module imports");
    CHECK_INT(VM_PluginRegistryGetCount(registry), 0);
    CHECK(!has_marks());
    VM_PluginRegistryDelete(registry);
}

/* What the plug-in depends on is loaded before it, and nothing else. */
static void test_dependencies(void)
{
    const VM_PluginReportLine *line;
    copy_plugin("named", "plugins/z.so", NULL, NULL);
    numbered("offers_needs", "plugins/1000-needs.so", 200, NULL);
    check_loads(GUEST("autoload_number"), 200, "named,offers_needs_200");
    CHECK_TEXT(take_marks(), "named\noffers_needs_200\n");
    line = find_line(report, in_scratch("plugins/z.so").text);
    CHECK_TEXT(line->message, "loaded: plug-in `offers_needs_200` 1.0.0 depends on it");
    SURE(remove(in_scratch("plugins/z.so").text) == 0);
}

int main(void)
{
    make_scratch();
    engine = new_engine();
    make_many();
    test_one_of_many();
    test_policy_of_the_host();
    test_loaded_already();
    test_context();
    test_missing();
    test_dependencies();
    forget_report();
    VM_EngineDelete(engine);
    return finish();
}
