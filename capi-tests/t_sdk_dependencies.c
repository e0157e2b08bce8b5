/* One plug-in in each language: what it is shown of modules, and its answers: functions, further plug-ins, a refusal. */
#include "sdk_more.h"
#include "sections.h"

static VM_Module *with(const char *guest, const char *name, const char *content)
{
    static Bytes section;
    section.size = 0;
    put(&section, content, strlen(content));
    return load_bytes(engine, guest_with(guest, name, &section));
}

static VM_Context *asking(void)
{
    VM_Context *context = new_context(engine);
    NEED(VM_ContextRegisterPlugins(context, registry, &error));
    NEED(VM_ContextSetModulePlugins(context, registry, &error));
    return context;
}

static int32_t provided(void)
{
    VM_Context *context = asking();
    int32_t count;
    instantiate(engine, context, GUEST("more"));
    count = run(context, "provided", NO_VALUES);
    VM_ContextDelete(context);
    return count;
}

static void functions_of_a_module(void)
{
    VM_Context *first = asking(), *second = asking();
    VM_Module *module = load(engine, GUEST("made"));
    VM_Instance instance;
    VM_Value result;
    CHECK_INT(provided(), 0);
    CHECK_OK(VM_ContextInstantiate(first, module, &instance, &error));
    CHECK_OK(VM_ContextInstantiate(second, module, &instance, &error));
    CHECK_INT(provided(), 2);
    CHECK_INT(run(first, "add", VALUES(VM_ValueI32(37))), 42);
    CHECK_INT(run(second, "subtract", VALUES(VM_ValueI32(49))), 42);
    CHECK_INT(run(first, "count", NO_VALUES), 1);
    CHECK_INT(run(first, "count", NO_VALUES), 2);
    CHECK_INT(run(second, "count", NO_VALUES), 1); /* another instance */
    CHECK_STATUS(VM_ContextExecute(first, latest(first), "secret", NO_VALUES, &result, 1, &error), VM_STATUS_PLUGIN_PERMISSION, "`more:secret`");
    VM_ContextDelete(first);
    first = new_context(engine);
    NEED(VM_ContextGrantPermission(first, "more", "more:secret", &error));
    NEED(VM_ContextRegisterPlugins(first, registry, &error));
    NEED(VM_ContextSetModulePlugins(first, registry, &error));
    CHECK_OK(VM_ContextInstantiate(first, module, &instance, &error));
    CHECK_INT(run(first, "secret", NO_VALUES), 1);
    VM_ContextDelete(second);
    VM_ModuleDelete(module);
    CHECK_INT(run(first, "add", VALUES(VM_ValueI32(-5))), 0);
    CHECK_INT(provided(), 2);
    VM_ContextDelete(first);
    CHECK_INT(provided(), 0);
}

static void shown(void)
{
    VM_Module *module = with(GUEST("generates"), "more.show", "");
    CHECK_OK(VM_PluginLoadForModule(registry, module, NULL, &error));
    CHECK_SAID("more show gen.one:0:()i,gen.calls:0:()i memory:1:-,one:0:()i,calls:0:()i; ");
    CHECK_OK(VM_PluginLoadForModule(registry, module, NULL, &error));
    CHECK_SAID(""); /* once */
    VM_ModuleDelete(module);
}

static void refused(const char *guest, const char *name, const char *content, VM_Status status, const char *message)
{
    VM_Context *context = asking();
    VM_Module *module = with(guest, name, content);
    VM_Instance instance;
    CHECK_STATUS(VM_ContextInstantiate(context, module, &instance, &error), status, message);
    VM_ContextDelete(context);
    VM_ModuleDelete(module);
    CHECK_INT(provided(), 0);
}

static void refusals(void)
{
    refused(GUEST("made"), "more.refuse", "it is \xc3\xa4 \"bad\" one", VM_STATUS_MODULE_REFUSED, "refuses the module: it is \xc3\xa4 \"bad\" one");
    refused(GUEST("made"), "more.plain", "out of ink", VM_STATUS_PLUGIN_FAILED, "cannot examine the module: out of ink");
    refused(GUEST("made"), "more.panic", "", VM_STATUS_PLUGIN_FAILED, more->panic);
    refused(GUEST("made_twice"), "none", "", VM_STATUS_ALREADY_EXISTS, "provides `made.twice`: it was provided before");
    refused(GUEST("made"), "more.require", "../x", VM_STATUS_INVALID_ARGUMENT, "requires the plug-in \"../x\": that is not a valid name");
    refused(GUEST("made"), "more.require", "calc >=9", VM_STATUS_PLUGIN_NOT_FOUND, "requires plug-in `calc` >=9 for the module");
}

static void required(void)
{
    VM_Module *module = with(GUEST("made"), "more.require", "calc >=1 <2");
    VM_PluginReport *report = NULL;
    CHECK_INT(VM_PluginRegistryGetCount(registry), 1);
    CHECK_OK(VM_PluginLoadForModule(registry, module, &report, &error));
    CHECK_TEXT(find_line(report, in_scratch("plugins/calc.so").text)->message, "loaded: plug-in `more` 1.0.0 requires plug-in `calc` >=1, <2 for the module");
    CHECK_INT(VM_PluginRegistryGetCount(registry), 2);
    VM_PluginReportDelete(report);
    VM_ModuleDelete(module);
}

static void check(void)
{
    if (access(in_scratch("plugins").text, F_OK) != 0) {
        make_folder("plugins");
        copy_plugin("calc", "plugins/calc.so", NULL, NULL);
    }
    VM_PluginRegistryDelete(registry);
    registry = new_registry();
    NEED(VM_PluginRegistrySetModulePlugins(registry, VM_MODULE_PLUGINS_DEPENDENCIES, &error));
    NEED(VM_PluginRegistryAddSearchDirectory(registry, in_scratch("plugins").text, &error));
    NEED(VM_PluginLoadFromPath(registry, plugin_file(more->file).text, NULL, &error));
    functions_of_a_module();
    shown();
    refusals();
    required();
}

int main(void) { return for_each_language(check); }
