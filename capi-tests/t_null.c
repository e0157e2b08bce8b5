/* NULL and bad UTF-8 for errors, the log, engines, types, modules and host modules. */
#include "null.h"

static atomic_int freed;

static VM_Status VM_CALL callback(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)user;
    (void)caller;
    (void)args;
    (void)results;
    return VM_STATUS_OK;
}

static void errors_and_log(void)
{
    CHECK_INT(VM_ErrorCreateFromCaller(NULL, &error), VM_STATUS_NULL_ARGUMENT);
    CHECK_INT(VM_ErrorGetStatus(NULL), VM_STATUS_OK);
    CHECK_TEXT(VM_ErrorGetMessage(NULL), "");
    CHECK(!VM_ErrorIsRetryable(NULL));
    CHECK_INT(VM_ErrorGetTrapCode(NULL), VM_TRAP_NONE);
    CHECK_INT(VM_ErrorGetExitCode(NULL), -1);
    CHECK_TEXT(VM_ErrorGetModuleName(NULL), NULL);
    CHECK_TEXT(VM_ErrorGetFunctionName(NULL), NULL);
    CHECK_TEXT(VM_ErrorGetPluginName(NULL), NULL);
    CHECK_TEXT(VM_ErrorGetPath(NULL), NULL);
    CHECK_INT(VM_ErrorGetOsError(NULL), 0);
    CHECK_INT(VM_ErrorGetFrameCount(NULL), 0);
    CHECK(VM_ErrorGetFrame(NULL, 0) == NULL);
    VM_ErrorDelete(NULL);
    CHECK_OK(VM_LogSetCallback(VM_LOG_INFO, NULL, NULL, NULL, &error));
    CHECK_OK(VM_LogSetCallback(0, NULL, &freed, count_free, &error));
    CHECK_INT(freed, 1);
}

static void engines(void)
{
    VM_EngineStatistics statistics = VM_ENGINESTATISTICS_INIT;
    IS_NULL(VM_EngineConfigCreate(NULL, &error), "config");
    IS_NULL(VM_EngineConfigSetProposal(NULL, VM_PROPOSAL_SIMD, false, &error), "config");
    IS_NULL(VM_EngineConfigSetCompilation(NULL, VM_COMPILATION_EAGER, &error), "config");
    IS_NULL(VM_EngineConfigSetTier(NULL, VM_TIER_COMPILED, &error), "config");
    IS_NULL(VM_EngineConfigSetCanonicalNaNs(NULL, true, &error), "config");
    IS_NULL(VM_EngineConfigSetSignalHandlers(NULL, true, &error), "config");
    IS_NULL(VM_EngineConfigSetProfiler(NULL, VM_PROFILER_PERF_MAP, &error), "config");
    IS_NULL(VM_EngineConfigSetCacheDirectory(NULL, "cache", &error), "config");
    IS_NULL(VM_EngineConfigSetCacheSize(NULL, 1, &error), "config");
    IS_NULL(VM_EngineConfigSetPooling(NULL, 1, 0, &error), "config");
    IS_NULL(VM_EngineGetStatistics(NULL, &statistics, &error), "engine");
    IS_NULL(VM_EngineConfigSetStackSize(NULL, 65536, &error), "config");
    IS_NULL(VM_EngineConfigSetNestingLimit(NULL, 1, &error), "config");
    IS_NULL(VM_EngineConfigSetLocalLimit(NULL, 1, &error), "config");
    IS_NULL(VM_EngineConfigSetBodySizeLimit(NULL, 1, &error), "config");
    IS_NULL(VM_EngineConfigSetFunctionLimit(NULL, 1, &error), "config");
    IS_NULL(VM_EngineConfigSetImportLimit(NULL, 1, &error), "config");
    IS_NULL(VM_EngineConfigSetRecursionDepth(NULL, 100, &error), "config");
    IS_NULL(VM_EngineConfigSetConcurrency(NULL, 2, &error), "config");
    IS_NULL(VM_EngineCreate(NULL, NULL, &error), "engine");
    CHECK_INT(VM_EngineConfigCreate(NULL, NULL), VM_STATUS_NULL_ARGUMENT);
    CHECK_INT(VM_EngineCreate(NULL, NULL, NULL), VM_STATUS_NULL_ARGUMENT);
    VM_EngineConfigDelete(NULL);
    VM_EngineDelete(NULL);
}

static void types(void)
{
    VM_FuncType *type = NULL;
    VM_ValType one = VM_VALTYPE_I32;
    size_t count = 9;
    IS_NULL(VM_FuncTypeCreate(&one, 1, &one, 1, NULL, &error), "type");
    IS_NULL(VM_FuncTypeCreate(NULL, 1, &one, 1, &type, &error), "params");
    IS_NULL(VM_FuncTypeCreate(&one, 1, NULL, 3, &type, &error), "results");
    CHECK(type == NULL);
    CHECK_OK(VM_FuncTypeCreate(NULL, 0, NULL, 0, &type, &error));
    VM_FuncTypeGetParams(type, &count);
    CHECK_INT(count, 0);
    VM_FuncTypeGetParams(type, NULL);
    VM_FuncTypeGetResults(type, NULL);
    VM_FuncTypeDelete(type);
    count = 9;
    CHECK(VM_FuncTypeGetParams(NULL, &count) == NULL);
    CHECK_INT(count, 0);
    count = 9;
    CHECK(VM_FuncTypeGetResults(NULL, &count) == NULL);
    CHECK_INT(count, 0);
    VM_FuncTypeDelete(NULL);
}

static void modules(void)
{
    VM_Engine *engine = new_engine();
    VM_Module *module = NULL;
    const uint8_t *bytes = (const uint8_t *)"\0asm\1\0\0";
    IS_NULL(VM_ModuleLoadFromFile(NULL, GUEST("caller"), &module, &error), "engine");
    IS_NULL(VM_ModuleLoadFromFile(engine, NULL, &module, &error), "path");
    IS_NULL(VM_ModuleLoadFromFile(engine, GUEST("caller"), NULL, &error), "module");
    IS_NULL(VM_ModuleLoadFromBuffer(NULL, bytes, 8, &module, &error), "engine");
    IS_NULL(VM_ModuleLoadFromBuffer(engine, NULL, 8, &module, &error), "data");
    IS_NULL(VM_ModuleLoadFromBuffer(engine, bytes, 8, NULL, &error), "module");
    CHECK_STATUS(VM_ModuleLoadFromBuffer(engine, NULL, 0, &module, &error), VM_STATUS_BAD_MODULE, "the module is not valid");
    IS_NULL(VM_ModuleLoadCompiled(NULL, bytes, 8, "code", &module, &error), "engine");
    IS_NULL(VM_ModuleLoadCompiled(engine, NULL, 8, "code", &module, &error), "data");
    IS_NULL(VM_ModuleLoadCompiled(engine, bytes, 8, NULL, &module, &error), "path");
    IS_NULL(VM_ModuleLoadCompiled(engine, bytes, 8, "code", NULL, &error), "module");
    IS_NULL(VM_ModuleSaveCompiled(NULL, "code", &error), "module");
    IS_NULL(VM_ModuleValidate(NULL, bytes, 8, &error), "engine");
    IS_NULL(VM_ModuleValidate(engine, NULL, 8, &error), "data");
    CHECK_STATUS(VM_ModuleValidate(engine, NULL, 0, &error), VM_STATUS_BAD_MODULE, "the module is not valid");
    CHECK(module == NULL);
    CHECK_OK(VM_ModuleLoadFromBuffer(engine, bytes, 8, &module, &error));
    IS_NULL(VM_ModuleSaveCompiled(module, NULL, &error), "path");
    CHECK(VM_ModuleGetImport(NULL, 0) == NULL);
    CHECK(VM_ModuleGetExport(NULL, 0) == NULL);
    CHECK(VM_ModuleGetCustomSection(NULL, 0) == NULL);
    CHECK_INT(VM_ModuleGetImportCount(NULL), 0);
    CHECK_INT(VM_ModuleGetExportCount(NULL), 0);
    CHECK_INT(VM_ModuleGetCustomSectionCount(NULL), 0);
    VM_ModuleDelete(module);
    VM_ModuleDelete(NULL);
    VM_EngineDelete(engine);
}

static void host_modules(void)
{
    VM_HostModule *host = NULL;
    VM_FuncType *type = NULL;
    VM_MemoryType memory = { .size = sizeof(VM_MemoryType), .minimum = 1 };
    VM_TableType table = { .size = sizeof(VM_TableType), .element = VM_VALTYPE_FUNCREF, .minimum = 1 };
    VM_GlobalType global = { .size = sizeof(VM_GlobalType), .content = VM_VALTYPE_I32, .is_mutable = true };
    VM_Value value = VM_ValueI32(1);
    IS_NULL(VM_HostModuleCreate(NULL, &host, &error), "name");
    IS_NULL(VM_HostModuleCreate("host", NULL, &error), "module");
    IS_BAD_TEXT(VM_HostModuleCreate(BAD_TEXT, &host, &error), "name");
    CHECK(host == NULL);
    NEED(VM_HostModuleCreate("", &host, &error));
    NEED(VM_FuncTypeCreate(NULL, 0, NULL, 0, &type, &error));

    int before = freed;
    IS_NULL(VM_HostModuleAddFunction(NULL, "f", "()", callback, &freed, count_free, &error), "module");
    IS_NULL(VM_HostModuleAddFunction(host, NULL, "()", callback, &freed, count_free, &error), "name");
    IS_NULL(VM_HostModuleAddFunction(host, "f", NULL, callback, &freed, count_free, &error), "signature");
    IS_NULL(VM_HostModuleAddFunction(host, "f", "()", NULL, &freed, count_free, &error), "callback");
    IS_BAD_TEXT(VM_HostModuleAddFunction(host, BAD_TEXT, "()", callback, &freed, count_free, &error), "name");
    IS_BAD_TEXT(VM_HostModuleAddFunction(host, "f", BAD_TEXT, callback, &freed, count_free, &error), "signature");
    CHECK_INT(freed, before + 6);
    IS_NULL(VM_HostModuleAddFunctionWithType(NULL, "f", type, callback, &freed, count_free, &error), "module");
    IS_NULL(VM_HostModuleAddFunctionWithType(host, NULL, type, callback, &freed, count_free, &error), "name");
    IS_NULL(VM_HostModuleAddFunctionWithType(host, "f", NULL, callback, &freed, count_free, &error), "type");
    IS_NULL(VM_HostModuleAddFunctionWithType(host, "f", type, NULL, &freed, count_free, &error), "callback");
    IS_BAD_TEXT(VM_HostModuleAddFunctionWithType(host, BAD_TEXT, type, callback, &freed, count_free, &error), "name");
    CHECK_INT(freed, before + 11);
    VM_FuncTypeDelete(type);
    IS_NULL(VM_HostModuleSetFunctionFlags(NULL, "f", 0, &error), "module");
    IS_NULL(VM_HostModuleSetFunctionFlags(host, NULL, 0, &error), "name");
    IS_BAD_TEXT(VM_HostModuleSetFunctionFlags(host, BAD_TEXT, 0, &error), "name");
    IS_NULL(VM_HostModuleSetFunctionPermission(NULL, "f", "p", &error), "module");
    IS_NULL(VM_HostModuleSetFunctionPermission(host, NULL, "p", &error), "name");
    IS_BAD_TEXT(VM_HostModuleSetFunctionPermission(host, BAD_TEXT, "p", &error), "name");
    IS_BAD_TEXT(VM_HostModuleSetFunctionPermission(host, "f", BAD_TEXT, &error), "permission");

    IS_NULL(VM_HostModuleAddMemory(NULL, "m", &memory, &error), "module");
    IS_NULL(VM_HostModuleAddMemory(host, NULL, &memory, &error), "name");
    IS_NULL(VM_HostModuleAddMemory(host, "m", NULL, &error), "type");
    IS_BAD_TEXT(VM_HostModuleAddMemory(host, BAD_TEXT, &memory, &error), "name");
    IS_NULL(VM_HostModuleAddTable(NULL, "t", &table, &error), "module");
    IS_NULL(VM_HostModuleAddTable(host, NULL, &table, &error), "name");
    IS_NULL(VM_HostModuleAddTable(host, "t", NULL, &error), "type");
    IS_BAD_TEXT(VM_HostModuleAddTable(host, BAD_TEXT, &table, &error), "name");
    IS_NULL(VM_HostModuleAddGlobal(NULL, "g", &global, &value, &error), "module");
    IS_NULL(VM_HostModuleAddGlobal(host, NULL, &global, &value, &error), "name");
    IS_NULL(VM_HostModuleAddGlobal(host, "g", NULL, &value, &error), "type");
    IS_NULL(VM_HostModuleAddGlobal(host, "g", &global, NULL, &error), "value");
    IS_BAD_TEXT(VM_HostModuleAddGlobal(host, BAD_TEXT, &global, &value, &error), "name");
    VM_HostModuleDelete(host);
    VM_HostModuleDelete(NULL);
}

static void completions(void)
{
    CHECK_STATUS(VM_Complete(0, NULL, 0, &error), VM_STATUS_STALE, "cannot be completed");
    IS_NULL(VM_Complete(1, NULL, 1, &error), "values");
    CHECK_STATUS(VM_CompleteWithFailure(0, VM_STATUS_IO, NULL, &error), VM_STATUS_STALE, "cannot be completed");
    CHECK_INT(VM_Complete(0, NULL, 0, NULL), VM_STATUS_STALE);
    CHECK_INT(VM_CompleteWithFailure(0, VM_STATUS_IO, "text", NULL), VM_STATUS_STALE);
}

int main(void)
{
    errors_and_log();
    engines();
    types();
    modules();
    host_modules();
    completions();
    return finish();
}
