/* The externrefs of a context in an engine with a pool: they have a place for a memory, which bounds how many there can be. */
#include "machine.h"

enum { PAGE = 65536, MOST = PAGE / 16 - 1 };

int main(void)
{
    make_scratch();
    if (!can_compile())
        return finish();
    VM_EngineConfig *config = config_of(VM_TIER_COMPILED, NULL);
    NEED(VM_EngineConfigSetPooling(config, 2, PAGE, &error));
    VM_Engine *engine = engine_of(config);
    VM_Module *module = load(engine, GUEST("limits"));
    VM_Context *first = new_context(engine), *second = new_context(engine);
    VM_Ref ref;
    NEED(VM_ContextInstantiate(first, module, NULL, &error));
    NEED(VM_ContextInstantiate(second, module, NULL, &error));
    CHECK_STATUS(VM_RefCreateExtern(first, NULL, NULL, &ref, &error), VM_STATUS_LIMIT,
                 "the externref cannot be created: the pool of the engine has 2 memories, and all are in use");
    NEED(VM_ContextReset(second, &error));
    for (int i = 0; i < MOST; i++)
        NEED(VM_RefCreateExtern(first, NULL, NULL, &ref, &error));
    CHECK_STATUS(VM_RefCreateExtern(first, NULL, NULL, &ref, &error), VM_STATUS_LIMIT,
                 "the externref cannot be created: those of the context fill a place of the engine's pool, which has 65536 bytes");
    CHECK_STATUS(VM_ContextInstantiate(second, module, NULL, &error), VM_STATUS_LIMIT, "the pool of the engine has 2 memories");
    CHECK_INT(run(first, "grow_memory", VALUES(VM_ValueI32(0))), 1);
    NEED(VM_ContextReset(first, &error));
    NEED(VM_ContextInstantiate(second, module, NULL, &error));
    NEED(VM_RefCreateExtern(first, NULL, NULL, &ref, &error));
    VM_ContextDelete(first);
    VM_ContextDelete(second);
    VM_ModuleDelete(module);
    VM_EngineDelete(engine);
    return finish();
}
