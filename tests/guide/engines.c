#include "guide.h"

/* Compiles a module, and loads it with its code, where there is a compiler. */
static void ship(void)
{
    VM_EngineConfig *config = NULL;
    VM_Engine *builder = NULL, *user = NULL;
    VM_Module *compiled = NULL, *shipped = NULL;
    uint8_t wasm[4096];
    size_t size;
    FILE *file = fopen("guest.wasm", "rb");

    CHECK(file);
    size = fread(wasm, 1, sizeof wasm, file);
    fclose(file);
    VM_EngineConfigCreate(&config, &error);
    VM_EngineConfigSetTier(config, VM_TIER_COMPILED, &error);
    VM_EngineConfigSetCacheDirectory(config, "", &error);
    WELL();
    if (VM_EngineCreate(config, &builder, NULL) == VM_STATUS_OK) {
        VM_EngineDelete(builder);
#include "shipping-machine-code.c"
        WELL();
#include "shipping-machine-code-2.c"
        WELL();
    }
    VM_ModuleDelete(shipped);
    VM_ModuleDelete(compiled);
    VM_EngineDelete(user);
    VM_EngineDelete(builder);
    VM_EngineConfigDelete(config);
}

int main(void)
{
    VM_PreparedCall *prepared = NULL;
    VM_Func func;

    begin();
    load("guest.wasm");
    VM_ContextInstantiate(context, module, &guest, &error);
    VM_InstanceFindFunction(context, guest, "add", &func, &error);
    WELL();
#include "the-cache.c"
    WELL();
    CHECK(tier == VM_TIER_INTERPRETER || done.compilations + done.cache_hits > 0);
#include "calls-without-types.c"
    WELL();
    CHECK(values[0].i32 == 42);
#include "calls-without-types-2.c"
    WELL();
    CHECK(VM_ContextLeave(context, NULL) == VM_STATUS_INVALID_ARGUMENT);
    VM_PreparedCallDelete(prepared);
    ship();
    end();
}
