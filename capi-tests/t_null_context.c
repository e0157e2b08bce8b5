/* NULL and bad UTF-8 for contexts, instances, functions, memories, tables, globals and references. */
#include "null.h"

static VM_Engine *engine;
static VM_Context *context;
static VM_Instance instance;
static atomic_int freed;

static void log_nothing(void *user, VM_LogLevel level, const char *source, const char *text)
{
    (void)user;
    (void)level;
    (void)source;
    (void)text;
}

static uint64_t VM_CALL raise_nothing(void *user, const VM_LimitRequest *request)
{
    (void)user;
    return request->limit;
}

static VM_Status VM_CALL park(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)user;
    (void)caller;
    (void)args;
    results[0] = VM_ValueI32(1);
    return VM_STATUS_OK;
}

static void configurations(void)
{
    VM_ContextConfig *config = NULL;
    VM_Context *made = NULL;
    IS_NULL(VM_ContextConfigCreate(NULL, &error), "config");
    IS_NULL(VM_ContextConfigSetName(NULL, "name", &error), "config");
    IS_NULL(VM_ContextConfigSetMemoryLimit(NULL, 1, &error), "config");
    IS_NULL(VM_ContextConfigSetMemorySizeLimit(NULL, 1, &error), "config");
    IS_NULL(VM_ContextConfigSetTableLimit(NULL, 1, &error), "config");
    IS_NULL(VM_ContextConfigSetCallDepthLimit(NULL, 1, &error), "config");
    IS_NULL(VM_ContextConfigSetReferenceLimit(NULL, 1, &error), "config");
    IS_NULL(VM_ContextConfigSetOpenFileLimit(NULL, 1, &error), "config");
    IS_NULL(VM_ContextConfigSetLimitCallback(NULL, raise_nothing, &freed, count_free, &error), "config");
    CHECK_INT(freed, 1);
    freed = 0;
    IS_NULL(VM_ContextConfigSetInstanceLimit(NULL, 1, &error), "config");
    IS_NULL(VM_ContextConfigSetUnknownImportsTrap(NULL, true, &error), "config");
    IS_NULL(VM_ContextConfigSetStatistics(NULL, true, &error), "config");
    IS_NULL(VM_ContextConfigSetTrace(NULL, NULL, NULL, NULL, &error), "config");
    NEED(VM_ContextConfigCreate(&config, &error));
    IS_BAD_TEXT(VM_ContextConfigSetName(config, BAD_TEXT, &error), "name");
    CHECK_OK(VM_ContextConfigSetName(config, NULL, &error));
    IS_NULL(VM_ContextCreate(NULL, config, &made, &error), "engine");
    IS_NULL(VM_ContextCreate(engine, config, NULL, &error), "context");
    CHECK(made == NULL);
    VM_ContextConfigDelete(config);
    VM_ContextConfigDelete(NULL);
    VM_ContextDelete(NULL);
    CHECK_INT(VM_ContextGetId(NULL), 0);
    IS_NULL(VM_ContextEnter(NULL, &error), "context");
    IS_NULL(VM_ContextLeave(NULL, &error), "context");
}

static void contexts(void)
{
    VM_Module *module = load(engine, GUEST("everything"));
    VM_HostModule *host = new_host("other");
    VM_Value value = VM_ValueI32(1), result;
    VM_Instance found;
    const char *path = GUEST("everything");
    size_t size = 0;
    uint8_t *bytes = read_file(path, &size);
    void *data = NULL;
    IS_NULL(VM_ContextSetLogCallback(NULL, VM_LOG_INFO, log_nothing, &freed, count_free, &error), "context");
    CHECK_OK(VM_ContextSetLogCallback(context, VM_LOG_INFO, NULL, &freed, count_free, &error));
    IS_NULL(VM_ContextSetData(NULL, &freed, count_free, &error), "context");
    CHECK_INT(freed, 3);
    CHECK_OK(VM_ContextSetData(context, NULL, NULL, &error));
    IS_NULL(VM_ContextGetData(NULL, &data, &error), "context");
    IS_NULL(VM_ContextGetData(context, NULL, &error), "data");
    IS_NULL(VM_ContextRegisterModule(NULL, host, &error), "context");
    IS_NULL(VM_ContextRegisterModule(context, NULL, &error), "module");
    IS_NULL(VM_ContextRegisterWasm(NULL, "name", module, &found, &error), "context");
    IS_NULL(VM_ContextRegisterWasm(context, NULL, module, &found, &error), "name");
    IS_NULL(VM_ContextRegisterWasm(context, "name", NULL, &found, &error), "module");
    IS_BAD_TEXT(VM_ContextRegisterWasm(context, BAD_TEXT, module, &found, &error), "name");
    CHECK_OK(VM_ContextRegisterWasm(context, "name", module, NULL, &error));
    IS_NULL(VM_ContextRegisterInstance(NULL, "alias", instance, &error), "context");
    IS_NULL(VM_ContextRegisterInstance(context, NULL, instance, &error), "name");
    IS_BAD_TEXT(VM_ContextRegisterInstance(context, BAD_TEXT, instance, &error), "name");
    IS_NULL(VM_ContextInstantiate(NULL, module, &found, &error), "context");
    IS_NULL(VM_ContextInstantiate(context, NULL, &found, &error), "module");
    CHECK_OK(VM_ContextInstantiate(context, module, NULL, &error));

    IS_NULL(VM_ContextExecute(NULL, (VM_Instance){ 0 }, "park", NO_VALUES, &result, 1, &error), "context");
    IS_NULL(VM_ContextExecute(context, latest(context), NULL, NO_VALUES, &result, 1, &error), "name");
    IS_NULL(VM_ContextExecute(context, latest(context), "add", NULL, 2, &result, 1, &error), "args");
    IS_NULL(VM_ContextExecute(context, latest(context), "park", NO_VALUES, NULL, 1, &error), "results");
    IS_BAD_TEXT(VM_ContextExecute(context, latest(context), BAD_TEXT, NO_VALUES, &result, 1, &error), "name");
    CHECK_OK(VM_ContextExecute(context, latest(context), "park", &value, 0, &result, 1, &error));
    IS_NULL(VM_ContextRunWasmFromFile(NULL, path, "park", NO_VALUES, &result, 1, &error), "context");
    IS_NULL(VM_ContextRunWasmFromFile(context, NULL, "park", NO_VALUES, &result, 1, &error), "path");
    IS_NULL(VM_ContextRunWasmFromFile(context, path, NULL, NO_VALUES, &result, 1, &error), "name");
    IS_NULL(VM_ContextRunWasmFromFile(context, path, "add", NULL, 1, &result, 1, &error), "args");
    IS_NULL(VM_ContextRunWasmFromFile(context, path, "park", NO_VALUES, NULL, 1, &error), "results");
    IS_BAD_TEXT(VM_ContextRunWasmFromFile(context, path, BAD_TEXT, NO_VALUES, &result, 1, &error), "name");
    IS_NULL(VM_ContextRunWasmFromBuffer(NULL, bytes, size, "park", NO_VALUES, &result, 1, &error), "context");
    IS_NULL(VM_ContextRunWasmFromBuffer(context, NULL, size, "park", NO_VALUES, &result, 1, &error), "data");
    IS_NULL(VM_ContextRunWasmFromBuffer(context, bytes, size, NULL, NO_VALUES, &result, 1, &error), "name");
    IS_NULL(VM_ContextRunWasmFromBuffer(context, bytes, size, "add", NULL, 1, &result, 1, &error), "args");
    IS_NULL(VM_ContextRunWasmFromBuffer(context, bytes, size, "park", NO_VALUES, NULL, 1, &error), "results");
    IS_BAD_TEXT(VM_ContextRunWasmFromBuffer(context, bytes, size, BAD_TEXT, NO_VALUES, &result, 1, &error), "name");
    free(bytes);
    VM_HostModuleDelete(host);
    VM_ModuleDelete(module);
}

static void instances(void)
{
    VM_ImportList *imports = NULL;
    VM_Statistics statistics = VM_STATISTICS_INIT;
    VM_PluginStatistics plugin = VM_PLUGINSTATISTICS_INIT;
    VM_Tier tier = VM_TIER_AUTO;
    VM_Instance found;
    VM_Func func;
    VM_Memory memory;
    VM_Table table;
    VM_Global global;
    CHECK_INT(VM_ContextGetInstanceCount(NULL), 0);
    IS_NULL(VM_ContextReset(NULL, &error), "context");
    IS_NULL(VM_ContextGetStatistics(NULL, &statistics, &error), "context");
    IS_NULL(VM_ContextGetStatistics(context, NULL, &error), "statistics");
    IS_NULL(VM_ContextGetTier(NULL, &tier, &error), "context");
    IS_NULL(VM_ContextGetTier(context, NULL, &error), "tier");
    IS_NULL(VM_EngineGetStatistics(engine, NULL, &error), "statistics");
    IS_NULL(VM_ContextGetPluginStatistics(NULL, "name", &plugin, &error), "context");
    IS_NULL(VM_ContextGetPluginStatistics(context, NULL, &plugin, &error), "name");
    IS_BAD_TEXT(VM_ContextGetPluginStatistics(context, BAD_TEXT, &plugin, &error), "name");
    IS_NULL(VM_ContextListImports(NULL, &imports, &error), "context");
    IS_NULL(VM_ContextListImports(context, NULL, &error), "list");
    CHECK_INT(VM_ImportListGetCount(NULL), 0);
    CHECK(VM_ImportListGet(NULL, 0) == NULL);
    VM_ImportListDelete(NULL);
    IS_NULL(VM_ContextGetInstance(NULL, 0, &found, &error), "context");
    IS_NULL(VM_ContextGetInstance(context, 0, NULL, &error), "instance");
    IS_NULL(VM_ContextFindInstance(NULL, "name", &found, &error), "context");
    IS_NULL(VM_ContextFindInstance(context, NULL, &found, &error), "name");
    IS_NULL(VM_ContextFindInstance(context, "name", NULL, &error), "instance");
    IS_BAD_TEXT(VM_ContextFindInstance(context, BAD_TEXT, &found, &error), "name");
    IS_NULL(VM_ContextRemoveInstance(NULL, instance, &error), "context");
    IS_NULL(VM_InstanceFindFunction(NULL, (VM_Instance){ 0 }, "add", &func, &error), "context");
    IS_NULL(VM_InstanceFindFunction(context, latest(context), NULL, &func, &error), "name");
    IS_NULL(VM_InstanceFindFunction(context, latest(context), "add", NULL, &error), "func");
    IS_BAD_TEXT(VM_InstanceFindFunction(context, latest(context), BAD_TEXT, &func, &error), "name");
    IS_NULL(VM_InstanceGetFunction(NULL, (VM_Instance){ 0 }, 0, &func, &error), "context");
    IS_NULL(VM_InstanceGetFunction(context, latest(context), 0, NULL, &error), "func");
    IS_NULL(VM_InstanceFindMemory(NULL, (VM_Instance){ 0 }, "memory", &memory, &error), "context");
    IS_NULL(VM_InstanceFindMemory(context, latest(context), NULL, &memory, &error), "name");
    IS_NULL(VM_InstanceFindMemory(context, latest(context), "memory", NULL, &error), "memory");
    IS_BAD_TEXT(VM_InstanceFindMemory(context, latest(context), BAD_TEXT, &memory, &error), "name");
    IS_NULL(VM_InstanceFindTable(NULL, (VM_Instance){ 0 }, "table", &table, &error), "context");
    IS_NULL(VM_InstanceFindTable(context, latest(context), NULL, &table, &error), "name");
    IS_NULL(VM_InstanceFindTable(context, latest(context), "table", NULL, &error), "table");
    IS_BAD_TEXT(VM_InstanceFindTable(context, latest(context), BAD_TEXT, &table, &error), "name");
    IS_NULL(VM_InstanceFindGlobal(NULL, (VM_Instance){ 0 }, "global", &global, &error), "context");
    IS_NULL(VM_InstanceFindGlobal(context, latest(context), NULL, &global, &error), "name");
    IS_NULL(VM_InstanceFindGlobal(context, latest(context), "global", NULL, &error), "global");
    IS_BAD_TEXT(VM_InstanceFindGlobal(context, latest(context), BAD_TEXT, &global, &error), "name");
}

int main(void)
{
    VM_HostModule *host = new_host("host");
    engine = new_engine();
    context = new_context(engine);
    NEED(VM_HostModuleAddFunction(host, "park", "()i", park, NULL, NULL, &error));
    NEED(VM_ContextRegisterModule(context, host, &error));
    instance = instantiate(engine, context, GUEST("everything"));
    configurations();
    contexts();
    instances();
    VM_HostModuleDelete(host);
    VM_ContextDelete(context);
    VM_EngineDelete(engine);
    return finish();
}
