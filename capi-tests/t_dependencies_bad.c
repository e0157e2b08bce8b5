/* `libvm.dependencies/1`: plug-ins that refuse, fail, misuse the view or never end; two providers of one import. */
#include "dependencies.h"

static VM_PluginRegistry *registry;

/* A module with these rules is not linked, for this reason, and nothing of the answers is left. */
static void refused(const char *rules, VM_Status status, const char *part)
{
    VM_Module *module = with_rules(rules);
    VM_Context *context = context_of(registry);
    VM_Instance instance;
    VM_PluginReport *report = NULL;
    CHECK_STATUS(VM_ContextInstantiate(context, module, &instance, &error), status, part);
    CHECK_INT(VM_ContextGetInstanceCount(context), 0);
    /* The report says the same, and the plug-in is asked again. */
    CHECK_STATUS(VM_PluginLoadForModule(registry, module, &report, &error), status, part);
    CHECK_INT(VM_PluginReportGetLine(report, VM_PluginReportGetCount(report) - 1)->status, status);
    VM_PluginReportDelete(report);
    VM_ContextDelete(context);
    VM_ModuleDelete(module);
}

static void refusals(void)
{
    refused("generates refuse no-rules", VM_STATUS_MODULE_REFUSED, "generates.so refuses the module: no-rules");
    CHECK_TEXT(VM_ErrorGetPluginName(error), "generates");
    refused("generates fail out-of-ink", VM_STATUS_PLUGIN_FAILED, "generates.so cannot examine the module: out-of-ink");
    refused("generates status -12345", -12345, "cannot examine the module: status -12345 without a reason");
    refused("generates status 7", VM_STATUS_BAD_ANSWER, "returned 7 from examine, which is not a valid status");
    refused("generates status 1", VM_STATUS_BAD_ANSWER, "returned 1 from examine");
    refused("generates endless generates", VM_STATUS_LIMIT, "requires more than 1024 plug-ins for one module");
    refused("generates require ../x", VM_STATUS_INVALID_ARGUMENT, "requires the plug-in \"../x\": that is not a valid name");
    refused("generates require x newest", VM_STATUS_INVALID_ARGUMENT, "requires the plug-in \"x\": unexpected character");
    refused("generates null one", VM_STATUS_NULL_ARGUMENT, "provides `gen.one`: its callback is NULL");
    refused("generates signature one (i", VM_STATUS_BAD_SIGNATURE, "provides `gen.one`: signature \"(i\" is invalid at character 3");
    refused("generates permitted one disk:write", VM_STATUS_INVALID_ARGUMENT, "does not name its permission `disk:write`");
    CHECK(strncmp(said, "generates freed one; generates freed one; ", 42) == 0);
    said[0] = '\0';
    refused("generates value one 1\ngenerates value one 2", VM_STATUS_ALREADY_EXISTS, "provides `gen.one`: it was provided before");
    CHECK_SAID("generates freed one; generates freed one; generates freed one; generates freed one; ");
    /* What came before a refusal is not kept either. */
    refused("generates value one 1\ngenerates refuse later", VM_STATUS_MODULE_REFUSED, "later");
    CHECK_SAID("generates freed one; generates freed one; ");
}

static void requirements(void)
{
    refused("generates require cacl", VM_STATUS_PLUGIN_NOT_FOUND,
            "plug-in `generates` 1.0.0 requires plug-in `cacl` for the module: no plug-in `cacl` is in the directories for plug-ins; did you mean `calc`?");
    refused("generates require calc >=9", VM_STATUS_PLUGIN_NOT_FOUND, "requires plug-in `calc` >=9 for the module: version 1.0.0 is in ");
    CHECK_INT(VM_PluginRegistryGetCount(registry), 1);
    refused("generates require generates_more\ngenerates_more refuse it", VM_STATUS_MODULE_REFUSED, "generates_more.so refuses the module: it");
    CHECK_TEXT(VM_ErrorGetPluginName(error), "generates_more");
    refused("generates require generates_more 2", VM_STATUS_PLUGIN_DEPENDENCY, "version 1.0.0 is loaded in ");
}

static VM_Status VM_CALL nothing(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)user;
    (void)caller;
    (void)args;
    results[0] = VM_ValueI32(0);
    return VM_STATUS_OK;
}

static void two_providers(void)
{
    VM_Module *module = with_rules("generates value one 1\ngenerates calls calls");
    VM_Context *context = context_of(registry);
    VM_HostModule *host = new_host("gen");
    VM_Instance instance;
    NEED(VM_HostModuleAddFunction(host, "one", "()i", nothing, NULL, NULL, &error));
    NEED(VM_ContextRegisterModule(context, host, &error));
    CHECK_STATUS(VM_ContextInstantiate(context, module, &instance, &error), VM_STATUS_ALREADY_EXISTS,
                 "`gen.one` is provided twice: by the registered host module `gen`, and for this module by plug-in `generates` 1.0.0 in ");
    VM_HostModuleDelete(host);
    VM_ContextDelete(context);
    VM_ModuleDelete(module);

    module = with_rules("generates value one 1\ngenerates require generates_more\ngenerates_more value one 2");
    context = context_of(registry);
    CHECK_STATUS(VM_ContextInstantiate(context, module, &instance, &error), VM_STATUS_ALREADY_EXISTS, "`gen.one` is provided twice");
    VM_ContextDelete(context);
    VM_ModuleDelete(module);

    module = with_rules("generates signature one (i)i\ngenerates calls calls");
    context = context_of(registry);
    CHECK_STATUS(VM_ContextInstantiate(context, module, &instance, &error), VM_STATUS_INCOMPATIBLE_IMPORT, "`gen.one`");
    VM_ContextDelete(context);
    VM_ModuleDelete(module);
}

/* A context with such functions does not move to another version, which was not shown the module. */
static void updates(void)
{
    VM_Module *module = with_rules("generates value one 1\ngenerates calls calls");
    VM_Context *context = context_of(registry);
    VM_Instance instance;
    VM_Plugin *plugin = NULL;
    NEED(VM_ContextInstantiate(context, module, &instance, &error));
    copy_plugin("generates", "plugins/newer.so", NULL, "1.1.0");
    NEED(VM_PluginRegistryUpdateFromPath(registry, in_scratch("plugins/newer.so").text, NULL, &error));
    NEED(VM_PluginRegistryFind(registry, "generates", &plugin, &error));
    CHECK_TEXT(VM_PluginGetVersion(plugin), "1.1.0");
    CHECK_STATUS(VM_ContextUpdatePlugin(context, plugin, &error), VM_STATUS_INCOMPATIBLE_IMPORT,
                 "provides functions for the module of a guest in this context alone, which version 1.1.0 was not shown");
    CHECK_INT(run(context, "one", NO_VALUES), 1);
    /* Its other modules are shown to the version that it has. */
    CHECK_OK(VM_ContextInstantiate(context, module, &instance, &error));
    CHECK_OK(VM_ContextReset(context, &error));
    CHECK_OK(VM_ContextInstantiate(context, module, &instance, &error));
    CHECK_OK(VM_ContextReset(context, &error));
    VM_PluginRelease(plugin);
    VM_ModuleDelete(module);
    VM_ContextDelete(context);
}

int main(void)
{
    engine = new_engine();
    make_plugins();
    start_listening();
    registry = asking("generates");
    refusals();
    requirements();
    said[0] = '\0';
    two_providers();
    updates();
    VM_PluginRegistryDelete(registry);
    said[0] = '\0';
    stop_listening();
    VM_EngineDelete(engine);
    return finish();
}
