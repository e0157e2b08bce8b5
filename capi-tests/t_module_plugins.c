/* Modules that name their plug-ins in the custom section `libvm.plugins`: what is found, and what is not allowed. */
#include "plugin_files.h"
#include "sections.h"

static VM_Engine *engine;

/* A registry that searches a directory, and honours the section. */
static VM_PluginRegistry *searching(const char *folder)
{
    VM_PluginRegistry *registry = new_registry();
    CHECK_OK(VM_PluginRegistrySetModulePlugins(registry, VM_MODULE_PLUGINS_DECLARED, &error));
    CHECK_OK(VM_PluginRegistryAddSearchDirectory(registry, in_scratch(folder).text, &error));
    return registry;
}

/* The plug-ins of a module cannot be loaded, none is, and the report has the message. */
static void refused(VM_PluginRegistry *registry, VM_Module *module, VM_Status status, const char *part)
{
    VM_PluginReport *report = NULL;
    size_t count = VM_PluginRegistryGetCount(registry);
    CHECK_STATUS(VM_PluginLoadForModule(registry, module, &report, &error), status, part);
    CHECK_INT(VM_PluginRegistryGetCount(registry), count);
    SURE(VM_PluginReportGetCount(report) > 0);
    CHECK_TEXT(VM_PluginReportGetLine(report, VM_PluginReportGetCount(report) - 1)->message, VM_ErrorGetMessage(error));
    VM_PluginReportDelete(report);
    VM_ModuleDelete(module);
}

static void accepted(VM_PluginRegistry *registry, VM_Module *module, const char *path, const char *message)
{
    VM_PluginReport *report = NULL;
    const VM_PluginReportLine *line;
    CHECK_OK(VM_PluginLoadForModule(registry, module, &report, &error));
    line = find_line(report, path);
    CHECK(line->loaded);
    CHECK_TEXT(line->message, message);
    VM_PluginReportDelete(report);
    VM_ModuleDelete(module);
}

static void found_by_path(void)
{
    VM_PluginRegistry *registry = searching("app");
    VM_Context *context = new_context(engine);
    VM_Module *module = declaring(engine, "app/sum.wasm", "calc", "^1", "plugins/calc");
    VM_Instance instance;

    /* Off by default, in a context too. */
    CHECK_OK(VM_PluginRegistrySetModulePlugins(registry, 0, &error));
    CHECK_OK(VM_PluginLoadForModule(registry, module, NULL, &error));
    CHECK_INT(VM_PluginRegistryGetCount(registry), 0);
    CHECK_STATUS(VM_ContextInstantiate(context, module, &instance, &error), VM_STATUS_UNRESOLVED_IMPORT, "no module `calc`");
    CHECK_OK(VM_ContextSetModulePlugins(context, registry, &error));
    CHECK_STATUS(VM_ContextInstantiate(context, module, &instance, &error), VM_STATUS_UNRESOLVED_IMPORT, "no module `calc`");
    CHECK_INT(VM_PluginRegistryGetCount(registry), 0);
    CHECK_STATUS(VM_PluginRegistrySetModulePlugins(registry, 8, &error), VM_STATUS_INVALID_ARGUMENT, "0x8 has flags that do not exist");

    CHECK_OK(VM_PluginRegistrySetModulePlugins(registry, VM_MODULE_PLUGINS_DECLARED, &error));
    CHECK_OK(VM_ContextInstantiate(context, module, &instance, &error));
    CHECK_INT(run(context, "sum", VALUES(VM_ValueI32(40), VM_ValueI32(2))), 42);
    CHECK_OK(VM_ContextInstantiate(context, module, &instance, &error));
    accepted(registry, module, in_scratch("app/plugins/calc.so").text, "already loaded: the module declares plug-in `calc` ^1");
    CHECK_INT(VM_PluginRegistryGetCount(registry), 1);
    VM_PluginRegistryDelete(registry);
    VM_ContextDelete(context);

    /* Not what else is there. */
    registry = searching("app");
    accepted(registry, declaring(engine, "app/sum.wasm", "calc", "", "plugins/calc"), in_scratch("app/plugins/calc.so").text,
             "loaded: the module declares plug-in `calc`");
    CHECK_INT(VM_PluginRegistryGetCount(registry), 1);
    VM_PluginRegistryDelete(registry);
}

static void found_by_name(void)
{
    /* A module from memory, whose path leads nowhere; and a path that leads to no file. */
    const char *file[] = { NULL, "app/sum.wasm", NULL }, *path[] = { "plugins/calc", "elsewhere/calc", "" };
    int i;
    for (i = 0; i < 3; i++) {
        VM_PluginRegistry *registry = searching("app");
        accepted(registry, declaring(engine, file[i], "calc", ">=1 <3", path[i]), in_scratch("app/plugins/calc.so").text,
                 "loaded: the module declares plug-in `calc` >=1, <3");
        VM_PluginRegistryDelete(registry);
    }
}

static void chosen_by_version(void)
{
    VM_PluginRegistry *registry = searching("versions");
    make_folder("versions");
    copy_plugin("calc", "versions/calc@1.0.0.so", NULL, NULL);
    copy_plugin("calc", "versions/calc@1.2.0.so", NULL, "1.2.0");
    copy_plugin("calc", "versions/calc@2.0.0.so", NULL, "2.0.0");
    refused(registry, declaring(engine, NULL, "calc", ">=3", ""), VM_STATUS_PLUGIN_NOT_FOUND,
            "the module declares plug-in `calc` >=3: version 1.0.0 is in ");
    accepted(registry, declaring(engine, NULL, "calc", "<2", ""), in_scratch("versions/calc@1.2.0.so").text,
             "loaded: the module declares plug-in `calc` <2");
    /* The one that is loaded counts, not those that could have been. */
    refused(registry, declaring(engine, NULL, "calc", "2", ""), VM_STATUS_PLUGIN_DEPENDENCY,
            "the module declares plug-in `calc` ^2: version 1.2.0 is loaded in ");
    refused(registry, declaring(engine, NULL, "clac", "", ""), VM_STATUS_PLUGIN_NOT_FOUND,
            "no plug-in `clac` is in the directories for plug-ins; did you mean `calc`?");
    CHECK_TEXT(VM_ErrorGetPluginName(error), "clac");
    VM_PluginRegistryDelete(registry);
}

static void outside_of_the_directories(void)
{
    VM_PluginRegistry *registry = searching("allowed");
    make_folder("allowed");
    make_folder("other");
    copy_plugin("calc", "other/calc.so", NULL, NULL);
    refused(registry, declaring(engine, "other/sum.wasm", "calc", "", "calc"), VM_STATUS_PLUGIN_NOT_ALLOWED,
            "calc.so, which is outside of the directories for plug-ins");
    CHECK_TEXT(VM_ErrorGetPath(error), in_scratch("other/calc.so").text);
    CHECK(strstr(VM_ErrorGetMessage(error), in_scratch("allowed").text) != NULL);
    /* Links do not lead out, and not in: each is resolved. */
    SURE(symlink(in_scratch("other/calc.so").text, in_scratch("allowed/calc.so").text) == 0);
    refused(registry, declaring(engine, "allowed/sum.wasm", "calc", "", "calc"), VM_STATUS_PLUGIN_NOT_ALLOWED, "other/calc.so");
    SURE(symlink(in_scratch("other").text, in_scratch("allowed/link").text) == 0);
    refused(registry, declaring(engine, "allowed/sum.wasm", "calc", "", "link/calc"), VM_STATUS_PLUGIN_NOT_ALLOWED, "other/calc.so");
    SURE(symlink(in_scratch("allowed/sum.wasm").text, in_scratch("other/link.wasm").text) == 0);
    /* A file with another plug-in than the module names is not run. */
    remove(in_scratch("allowed/calc.so").text);
    copy_plugin("named", "allowed/calc.so", NULL, NULL);
    refused(registry, declaring(engine, "allowed/sum.wasm", "calc", "", "calc"), VM_STATUS_PLUGIN_NOT_FOUND,
            "allowed/calc.so contains plug-in `named`");
    /* The conditions of the registry hold. */
    copy_plugin("calc", "allowed/calc.so", NULL, NULL);
    CHECK_OK(VM_PluginRegistrySetPolicy(registry, VM_PLUGIN_POLICY_NAMED, NULL, 0, &error));
    refused(registry, declaring(engine, "allowed/sum.wasm", "calc", "", "calc"), VM_STATUS_PLUGIN_NOT_ALLOWED,
            "the module declares plug-in `calc`: plug-in `calc` 1.0.0 in ");
    CHECK(!has_marks());
    VM_PluginRegistryDelete(registry);
}

/* A guest in C that was linked from two files: the entries of both, and one that they share once. */
static void linked_from_two_files(void)
{
    VM_PluginRegistry *registry = searching("app");
    size_t size;
    uint8_t *bytes = read_file(GUEST("guest_sum"), &size);
    VM_Module *module = load(engine, write_content("app/sum.wasm", bytes, size).text);
    VM_Context *context = new_context(engine);
    VM_ImportList *list = NULL;
    VM_Instance instance;
    free(bytes);
    CHECK_OK(VM_PluginRegistryExamineModule(registry, module, &list, &error));
    CHECK_INT(VM_ImportListGetPluginCount(list), 2);
    CHECK_TEXT(VM_ImportListGetPlugin(list, 0)->name, "calc");
    CHECK_TEXT(VM_ImportListGetPlugin(list, 0)->range, ">=1, <2");
    CHECK_TEXT(VM_ImportListGetPlugin(list, 0)->path, "plugins/calc");
    CHECK_TEXT(VM_ImportListGetPlugin(list, 1)->name, "template");
    CHECK_TEXT(VM_ImportListGetPlugin(list, 1)->range, "");
    CHECK_TEXT(VM_ImportListGetPlugin(list, 1)->path, "");
    VM_ImportListDelete(list);
    CHECK_OK(VM_ContextSetModulePlugins(context, registry, &error));
    VM_PluginRegistryDelete(registry);
    CHECK_OK(VM_ContextInstantiate(context, module, &instance, &error));
    CHECK_INT(run(context, "sum", VALUES(VM_ValueI32(40), VM_ValueI32(2))), 42);
    VM_ContextDelete(context);
    VM_ModuleDelete(module);
    SURE(remove(in_scratch("marks").text) == 0); /* of `template` */
}

int main(void)
{
    engine = new_engine();
    make_scratch();
    make_folder("app");
    make_folder("app/plugins");
    copy_plugin("calc", "app/plugins/calc.so", NULL, NULL);
    copy_plugin("template", "app/plugins/other.so", "template", NULL);
    found_by_path();
    found_by_name();
    linked_from_two_files();
    chosen_by_version();
    outside_of_the_directories();
    VM_EngineDelete(engine);
    return finish();
}
