#include "guide.h"

static uint64_t budget = 64 << 20;

static bool take(void *user, uint64_t bytes)
{
    if (bytes > budget)
        return false;
    budget -= bytes;
    return true;
}

#include "deciding-at-the-limit.c"
#include "pools.c"

static VM_Status read_file(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    return VM_STATUS_OK;
}

static void limit_callback(void)
{
    VM_ContextConfig *config;
    VM_Value pages = VM_ValueI32(1), before;

    VM_ContextConfigCreate(&config, &error);
    VM_ContextConfigSetMemoryLimit(config, 65536, &error);
    VM_ContextConfigSetLimitCallback(config, more, NULL, NULL, &error);
    VM_ContextCreate(engine, config, &context, &error);
    VM_ContextInstantiate(context, module, &guest, &error);
    VM_ContextExecute(context, guest, "grow", &pages, 1, &before, 1, &error);
    WELL();
    CHECK(before.of.i32 == 1 && budget < 64 << 20);
    pages = VM_ValueI32(2000);
    VM_ContextExecute(context, guest, "grow", &pages, 1, &before, 1, &error);
    WELL();
    CHECK(before.of.i32 == -1);
    VM_ContextConfigDelete(config);
    VM_ContextDelete(context);
}

static void flags(void)
{
    VM_HostModule *host;

    VM_HostModuleCreate("host", &host, &error);
    VM_HostModuleAddFunction(host, "read", "()", read_file, NULL, NULL, &error);
#include "flags-and-permissions-of-host-functions.c"
    WELL();
    VM_HostModuleDelete(host);
}

static void untrusted(void)
{
    VM_EngineConfig *engine_config;
    VM_ContextConfig *config;
    VM_Engine *engine;
    VM_Context *context;
    VM_Module *module;
    VM_Wasi *wasi;

    VM_EngineConfigCreate(&engine_config, &error);
    VM_ContextConfigCreate(&config, &error);
    VM_WasiCreate(&wasi, &error);
#include "running-untrusted-guests.c"
    VM_ModuleLoadFromFile(engine, "guest.wasm", &module, &error);
    VM_ContextInstantiate(context, module, &guest, &error);
    WELL();
    CHECK(VM_ContextExecute(context, guest, "spin", NULL, 0, NULL, 0, &error));
    FAILED(VM_STATUS_TIMEOUT, "100 ms");
    VM_ModuleDelete(module);
    VM_WasiDelete(wasi);
    VM_ContextConfigDelete(config);
    VM_EngineConfigDelete(engine_config);
    VM_ContextDelete(context);
    VM_EngineDelete(engine);
}

static void pool(void)
{
    VM_ContextPool *pool;
    VM_HostModule *host;
    VM_Instance instance;

    VM_HostModuleCreate("host", &host, &error);
#include "pools-2.c"
    WELL();
    CHECK(VM_ContextPoolGetIdleCount(pool) == 10 && VM_ContextPoolGetTakenCount(pool) == 0);
    VM_ContextPoolDelete(pool);
    VM_HostModuleDelete(host);
}

int main(void)
{
    VM_EngineCreate(NULL, &engine, &error);
    load("guest.wasm");
    limit_callback();
    flags();
    untrusted();
    pool();
    context = NULL;
    end();
}
