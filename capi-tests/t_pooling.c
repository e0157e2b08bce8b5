/* Engines with a pool: it is used up with its numbers in the message, its places are used again and empty, and what does not fit is refused. */
#include "machine.h"

#define PAGE 65536u

static VM_Engine *with_pool(VM_Tier tier, size_t instances, uint64_t memory_bytes)
{
    VM_EngineConfig *config = config_of(tier, "code");
    NEED(VM_EngineConfigSetPooling(config, instances, memory_bytes, &error));
    return engine_of(config);
}

static VM_Context *with_instance(VM_Engine *engine, VM_Module *module)
{
    VM_Context *context = new_context(engine);
    NEED(VM_ContextInstantiate(context, module, NULL, &error));
    return context;
}

static void configuration(void)
{
    VM_EngineConfig *config = config_of(VM_TIER_INTERPRETER, NULL);
    CHECK_OK(VM_EngineConfigSetPooling(config, 0, UINT64_MAX, &error));
    CHECK_STATUS(VM_EngineConfigSetPooling(config, 10001, 0, &error), VM_STATUS_INVALID_ARGUMENT,
                 "a pool of 10001 instances is not possible; choose 1 to 10000, or 0 for none");
    CHECK_STATUS(VM_EngineConfigSetPooling(config, 1, 4294967297u, &error), VM_STATUS_INVALID_ARGUMENT,
                 "a pool of memories of 4294967297 bytes is not possible; choose 1 to 4294967296, or 0 for that");
    VM_EngineConfigDelete(config);
}

/* The interpreter has no pool. */
static void interpreted(void)
{
    VM_Engine *engine = with_pool(VM_TIER_INTERPRETER, 1, PAGE);
    VM_Module *module = load(engine, GUEST("limits")), *large = load(engine, GUEST("limits_large"));
    VM_Context *first = with_instance(engine, module), *second = with_instance(engine, module);
    CHECK_INT(run(first, "grow_memory", VALUES(VM_ValueI32(3))), 1);
    VM_ModuleDelete(large);
    VM_ModuleDelete(module);
    VM_ContextDelete(first);
    VM_ContextDelete(second);
    VM_EngineDelete(engine);
}

static void exhaustion(VM_Tier tier)
{
    VM_Engine *engine = with_pool(tier, 3, 0);
    VM_Module *module = load(engine, GUEST("limits"));
    VM_Context *contexts[3], *fourth = new_context(engine);
    CHECK_INT(done_by(engine).cache_hits, tier == VM_TIER_AUTO); /* the code is the same in engines with other pools */
    for (int i = 0; i < 3; i++)
        contexts[i] = with_instance(engine, module);
    for (int i = 0; i < 2; i++) {
        CHECK_STATUS(VM_ContextInstantiate(fourth, module, NULL, &error), VM_STATUS_LIMIT,
                     "the module cannot be instantiated: the pool of the engine has 3 instances, and all are in use; delete or reset "
                     "contexts, or raise VM_EngineConfigSetPooling");
        for (int k = 0; k < 3; k++)
            CHECK_INT(run(contexts[k], "grow_memory", VALUES(VM_ValueI32(0))), 1);
        VM_ContextDelete(contexts[1]);
        NEED(VM_ContextInstantiate(fourth, module, NULL, &error));
        CHECK_INT(run(fourth, "grow_memory", VALUES(VM_ValueI32(1))), 1);
        NEED(VM_ContextReset(fourth, &error));
        contexts[1] = with_instance(engine, module);
    }
    for (int i = 0; i < 3; i++)
        VM_ContextDelete(contexts[i]);
    VM_ContextDelete(fourth);
    VM_ModuleDelete(module);
    VM_EngineDelete(engine);
}

/* Nothing of an instance is seen by the next one in its place: what was written near and far, and what it has grown by. */
static void cleared_places(void)
{
    VM_Engine *engine = with_pool(VM_TIER_COMPILED, 1, 64 * PAGE);
    VM_Module *module = load(engine, GUEST("limits"));
    uint8_t pages[2][64], zero[64] = { 0 };
    memset(pages, 0xa5, sizeof pages);
    for (int i = 0; i < 20; i++) {
        VM_Context *context = with_instance(engine, module);
        VM_Memory memory;
        VM_Instance instance = latest(context);
        uint64_t addresses[] = { 0, 4096, 65472, 65536, 40 * PAGE, 64 * PAGE - 64 }, size = 0;
        NEED(VM_InstanceFindMemory(context, instance, "memory", &memory, &error));
        NEED(VM_MemoryGetSize(context, memory, &size, &error));
        CHECK_INT(size, PAGE);
        CHECK_INT(run(context, "grow_memory", VALUES(VM_ValueI32(63))), 1);
        for (size_t k = 0; k < sizeof addresses / sizeof *addresses; k++) {
            NEED(VM_MemoryRead(context, memory, addresses[k], pages[0], 64, &error));
            CHECK(memcmp(pages[0], zero, 64) == 0);
            NEED(VM_MemoryWrite(context, memory, addresses[k], pages[1], 64, &error));
        }
        CHECK_INT(run(context, "grow_table", VALUES(VM_ValueI32(100))), 10);
        VM_ContextDelete(context);
    }
    VM_ModuleDelete(module);
    VM_EngineDelete(engine);
}

static void sizes(void)
{
    VM_Engine *engine = with_pool(VM_TIER_COMPILED, 2, 4 * PAGE);
    VM_Module *module = load(engine, GUEST("limits")), *large = NULL;
    VM_ContextConfig *config = NULL;
    VM_Context *context = NULL;
    VM_ContextPool *pool = NULL;
    CHECK_STATUS(VM_ModuleLoadFromFile(engine, GUEST("limits_large"), &large, &error), VM_STATUS_LIMIT,
                 "the module needs 1073807360 bytes of a memory, and the pool of the engine has room for 262144; raise "
                 "VM_EngineConfigSetPooling, or load it in an engine without a pool");
    CHECK(large == NULL);
    NEED(VM_ContextConfigCreate(&config, &error));
    NEED(VM_ContextConfigSetMemorySizeLimit(config, 4 * PAGE + 1, &error));
    const char *refused = "the context permits memories of 262145 bytes (VM_ContextConfigSetMemorySizeLimit), and the pool of its engine "
                          "has room for 262144 each (VM_EngineConfigSetPooling); lower the one or raise the other";
    CHECK_STATUS(VM_ContextCreate(engine, config, &context, &error), VM_STATUS_INVALID_ARGUMENT, refused);
    CHECK_STATUS(VM_ContextPoolCreate(engine, config, 1, &pool, NULL, NULL, NULL, &error), VM_STATUS_INVALID_ARGUMENT, refused);
    CHECK(context == NULL && pool == NULL);
    NEED(VM_ContextConfigSetMemorySizeLimit(config, 2 * PAGE, &error));
    NEED(VM_ContextCreate(engine, config, &context, &error));
    NEED(VM_ContextInstantiate(context, module, NULL, &error));
    CHECK_INT(run(context, "grow_memory", VALUES(VM_ValueI32(2))), -1);
    CHECK_INT(run(context, "grow_memory", VALUES(VM_ValueI32(1))), 1);
    VM_ContextDelete(context);
    VM_ContextConfigDelete(config);
    /* Without a limit of its own, a context has that of the pool. */
    context = with_instance(engine, module);
    VM_Memory memory;
    VM_Instance instance = latest(context);
    NEED(VM_InstanceFindMemory(context, instance, "memory", &memory, &error));
    CHECK_INT(run(context, "grow_memory", VALUES(VM_ValueI32(4))), -1);
    CHECK_STATUS(VM_MemoryGrow(context, memory, 4, NULL, &error), VM_STATUS_LIMIT,
                 "the memory would have 327680 bytes, and the pool of the engine has room for 262144 each "
                 "(VM_EngineConfigSetPooling raises it)");
    CHECK_INT(run(context, "grow_memory", VALUES(VM_ValueI32(3))), 1);
    CHECK_INT(run(context, "grow_table", VALUES(VM_ValueI32(65526))), 10);
    CHECK_INT(run(context, "grow_table", VALUES(VM_ValueI32(1))), -1);
    VM_ContextDelete(context);
    VM_ModuleDelete(module);
    VM_EngineDelete(engine);
}

/* Interpreted guests are bound by the pool too, so that they run alike when their module is compiled, and after a reset. */
static void alike(void)
{
    VM_EngineConfig *config = config_of(VM_TIER_AUTO, NULL);
    NEED(VM_EngineConfigSetPooling(config, 2, 4 * PAGE, &error));
    VM_Engine *engine = engine_of(config);
    VM_Module *module = load(engine, GUEST("limits"));
    VM_Context *context = with_instance(engine, module);
    for (int i = 0; i < 2; i++) {
        CHECK_INT(run(context, "grow_memory", VALUES(VM_ValueI32(4))), -1);
        CHECK_INT(run(context, "grow_memory", VALUES(VM_ValueI32(3))), 1);
        NEED(VM_ContextReset(context, &error));
        NEED(VM_ContextInstantiate(context, module, NULL, &error));
    }
    VM_ContextDelete(context);
    VM_ModuleDelete(module);
    VM_EngineDelete(engine);
}

/* An instance for which there was no place has used nothing. */
static void half_an_instance(void)
{
    VM_Engine *engine = with_pool(VM_TIER_COMPILED, 2, 0);
    VM_Module *module = load(engine, GUEST("limits")), *two = load(engine, GUEST("two_memories"));
    VM_Context *first = with_instance(engine, module), *second = new_context(engine);
    VM_Statistics used = VM_STATISTICS_INIT;
    CHECK_STATUS(VM_ContextInstantiate(second, two, NULL, &error), VM_STATUS_LIMIT, "the pool of the engine has 2 memories");
    NEED(VM_ContextGetStatistics(second, &used, &error));
    CHECK_INT(used.memory_bytes, 0);
    VM_ContextDelete(first);
    NEED(VM_ContextInstantiate(second, two, NULL, &error));
    NEED(VM_ContextGetStatistics(second, &used, &error));
    CHECK_INT(used.memory_bytes, 2 * PAGE);
    VM_ContextDelete(second);
    VM_ModuleDelete(module);
    VM_ModuleDelete(two);
    VM_EngineDelete(engine);
}

int main(void)
{
    make_scratch();
    configuration();
    interpreted();
    if (can_compile()) {
        exhaustion(VM_TIER_COMPILED);
        exhaustion(VM_TIER_AUTO);
        cleared_places();
        sizes();
        alike();
        half_an_instance();
    }
    return finish();
}
