/* `libvm.dependencies/1`: plug-ins are shown a module, and answer with functions for it and with further plug-ins. */
#include "dependencies.h"

static void functions_of_one_module(void)
{
    VM_PluginRegistry *registry = asking("generates");
    VM_Context *context = context_of(registry), *other = context_of(registry);
    VM_Module *module = with_rules("generates value one 5\ngenerates calls calls\n"), *plain = with_rules("generates value one 6\n");
    VM_Instance instance;

    CHECK_OK(VM_ContextInstantiate(context, module, &instance, &error));
    CHECK_INT(run(context, "one", NO_VALUES), 5);
    CHECK_INT(run(context, "one", NO_VALUES), 5);
    CHECK_INT(run(context, "calls", NO_VALUES), 2);
    /* The same answer in another context, with the plug-in's instance there. */
    CHECK_OK(VM_ContextInstantiate(other, module, &instance, &error));
    CHECK_INT(run(other, "calls", NO_VALUES), 0);
    CHECK_INT(run(other, "one", NO_VALUES), 5);
    /* Another module has nothing of it. */
    CHECK_STATUS(VM_ContextInstantiate(context, plain, &instance, &error), VM_STATUS_UNRESOLVED_IMPORT, "1 of 2 imports cannot be resolved");
    CHECK(strstr(VM_ErrorGetMessage(error), "`gen.calls`") != NULL);
    CHECK_SAID("");
    VM_ModuleDelete(plain);
    CHECK_SAID("generates freed one; ");

    /* An instance keeps what its module has. */
    VM_ModuleDelete(module);
    CHECK_INT(run(context, "one", NO_VALUES), 5);
    VM_ContextDelete(context);
    CHECK_SAID("");
    CHECK_OK(VM_ContextReset(other, &error));
    CHECK_SAID("generates freed one; ");
    VM_ContextDelete(other);
    VM_PluginRegistryDelete(registry);
    CHECK_SAID("generates cleanup; ");
}

static void freed_once_in_any_order(void)
{
    const char *plugins[] = { "generates", "generates_serialized", "generates_affine" };
    int order, kind;
    for (order = 0; order < 6; order++)
        for (kind = 0; kind < 3; kind++) {
            char rules[100], expected[100];
            VM_PluginRegistry *registry = asking(plugins[kind]);
            VM_Context *context = context_of(registry);
            VM_Module *module;
            VM_Instance instance;
            int step;
            snprintf(rules, sizeof rules, "%s value one 5\n%s calls calls\n", plugins[kind], plugins[kind]);
            snprintf(expected, sizeof expected, "%s freed one; %s cleanup; ", plugins[kind], plugins[kind]);
            module = with_rules(rules);
            CHECK_OK(VM_ContextInstantiate(context, module, &instance, &error));
            for (step = 0; step < 3; step++) {
                if (context)
                    CHECK_INT(run(context, "one", NO_VALUES), 5);
                switch (((order >> 1) + (order & 1 ? 3 - step : step)) % 3) {
                case 0:
                    VM_ModuleDelete(module);
                    break;
                case 1:
                    VM_ContextDelete(context);
                    context = NULL;
                    break;
                default:
                    VM_PluginRegistryDelete(registry);
                }
            }
            CHECK_SAID(expected);
        }
}

static void further_plugins(void)
{
    VM_PluginRegistry *registry = asking("generates");
    VM_Context *context = context_of(registry);
    VM_PluginReport *report = NULL;
    const VM_PluginReportLine *line;
    /* The first requires the second, which requires the first again and a third, which provides. */
    VM_Module *module = with_rules("generates require generates_more >=1 <2\ngenerates value one 7\n"
                                   "generates_more require generates\ngenerates_more require generates_last\ngenerates_last calls calls\n");
    VM_Instance instance;
    CHECK_OK(VM_ContextInstantiate(context, module, &instance, &error));
    CHECK_INT(run(context, "one", NO_VALUES), 7);
    CHECK_INT(run(context, "calls", NO_VALUES), 0); /* of the last plug-in's own instance */
    CHECK_INT(VM_PluginRegistryGetCount(registry), 3);
    VM_PluginRegistryDelete(registry);
    VM_ContextDelete(context);

    registry = asking("generates");
    CHECK_OK(VM_PluginLoadForModule(registry, module, &report, &error));
    line = find_line(report, join(in_scratch("plugins").text, "generates.so").text);
    CHECK_TEXT(line->message, "provides 1 function and requires 1 plug-in for the module");
    line = find_line(report, join(in_scratch("plugins").text, "generates_more.so").text);
    CHECK_TEXT(line->message, "loaded: plug-in `generates` 1.0.0 requires plug-in `generates_more` >=1, <2 for the module");
    VM_PluginReportDelete(report);
    VM_PluginRegistryDelete(registry);
    VM_ModuleDelete(module);
    said[0] = '\0';
}

static void what_is_shown(void)
{
    VM_PluginRegistry *registry = asking("generates");
    VM_Module *module = with_rules("generates show\n");
    CHECK_OK(VM_PluginLoadForModule(registry, module, NULL, &error));
    CHECK_SAID("generates import gen.one 0 ()i; generates import gen.calls 0 ()i; generates export .memory 1 -; "
               "generates export .one 0 ()i; generates export .calls 0 ()i; ");
    /* Once. */
    CHECK_OK(VM_PluginLoadForModule(registry, module, NULL, &error));
    CHECK_SAID("");
    VM_ModuleDelete(module);
    /* Not without the flag, and not in a context that was not told to ask. */
    CHECK_OK(VM_PluginRegistrySetModulePlugins(registry, VM_MODULE_PLUGINS_DECLARED, &error));
    module = with_rules("generates show\n");
    CHECK_OK(VM_PluginLoadForModule(registry, module, NULL, &error));
    CHECK_SAID("");
    VM_ModuleDelete(module);
    VM_PluginRegistryDelete(registry);
    CHECK_SAID("generates cleanup; ");
}

static void permissions(void)
{
    VM_PluginRegistry *registry = asking("generates");
    VM_Module *module = with_rules("generates permitted one gen:one\ngenerates permitted calls gen:calls\n");
    VM_Context *context = new_context(engine);
    VM_Instance instance;
    VM_Value result;
    CHECK_OK(VM_ContextGrantPermission(context, "generates", "gen:one", &error));
    CHECK_OK(VM_ContextRegisterPlugins(context, registry, &error));
    CHECK_OK(VM_ContextSetModulePlugins(context, registry, &error));
    CHECK_OK(VM_ContextInstantiate(context, module, &instance, &error));
    CHECK_INT(run(context, "one", NO_VALUES), 1);
    CHECK_STATUS(VM_ContextExecute(context, instance, "calls", NO_VALUES, &result, 1, &error), VM_STATUS_PLUGIN_PERMISSION, "`gen:calls`");
    VM_ContextDelete(context);
    VM_ModuleDelete(module);
    VM_PluginRegistryDelete(registry);
    CHECK(strstr(said, "generates freed one; ") && strstr(said, "generates freed calls; "));
    said[0] = '\0';
}

int main(void)
{
    engine = new_engine();
    make_plugins();
    start_listening();
    functions_of_one_module();
    freed_once_in_any_order();
    further_plugins();
    what_is_shown();
    permissions();
    stop_listening();
    VM_EngineDelete(engine);
    return finish();
}
