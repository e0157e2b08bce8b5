/* Limits of memory: the default, one for each memory, and the numbers in the messages. */
#include "test.h"

enum { PAGE = 65536 };

static VM_Engine *engine;
static VM_Module *module;

/* 1 GiB by default: nothing is allocated for what is refused. */
static void by_default(void)
{
    VM_Context *context = new_context(engine);
    VM_Module *large = load(engine, GUEST("limits_large"));
    VM_Memory memory;
    CHECK_STATUS(VM_ContextInstantiate(context, large, NULL, &error), VM_STATUS_LIMIT,
                 "the module cannot be instantiated: its memory cannot be created: the memories of the context would have 1073807360 bytes in "
                 "total, and its limit is 1073741824 (VM_ContextConfigSetMemoryLimit raises it, UINT64_MAX lifts it)");
    CHECK_OK(VM_ContextInstantiate(context, module, NULL, &error));
    CHECK_INT(run(context, "grow_memory", VALUES(VM_ValueI32(16384))), -1);
    NEED(VM_InstanceFindMemory(context, latest(context), "memory", &memory, &error));
    CHECK_STATUS(VM_MemoryGrow(context, memory, 16384, NULL, &error), VM_STATUS_LIMIT, "would have 1073807360 bytes in total");
    CHECK_INT(run(context, "grow_memory", VALUES(VM_ValueI32(1))), 1);
    VM_ModuleDelete(large);
    VM_ContextDelete(context);
}

static VM_Context *context_with_each(uint64_t limit)
{
    VM_ContextConfig *config = NULL;
    VM_Context *context = NULL;
    NEED(VM_ContextConfigCreate(&config, &error));
    CHECK_OK(VM_ContextConfigSetMemorySizeLimit(config, limit, &error));
    NEED(VM_ContextCreate(engine, config, &context, &error));
    VM_ContextConfigDelete(config);
    return context;
}

static void one_memory(void)
{
    VM_Context *context = context_with_each(2 * PAGE);
    VM_Module *large = load(engine, GUEST("limits_large"));
    VM_Memory memory;
    CHECK_STATUS(VM_ContextInstantiate(context, large, NULL, &error), VM_STATUS_LIMIT,
                 "its memory cannot be created: the memory would have 1073807360 bytes, and the limit of each memory is 131072 "
                 "(VM_ContextConfigSetMemorySizeLimit raises it)");
    for (int i = 0; i < 3; i++) {
        CHECK_OK(VM_ContextInstantiate(context, module, NULL, &error));
        CHECK_INT(run(context, "grow_memory", VALUES(VM_ValueI32(2))), -1);
        CHECK_INT(run(context, "grow_memory", VALUES(VM_ValueI32(1))), 1);
    }
    NEED(VM_InstanceFindMemory(context, latest(context), "memory", &memory, &error));
    CHECK_STATUS(VM_MemoryGrow(context, memory, 1, NULL, &error), VM_STATUS_LIMIT,
                 "the memory of 2 pages cannot grow by 1: the memory would have 196608 bytes, and the limit of each memory is 131072");
    CHECK_INT(run(context, "grow_memory", VALUES(VM_ValueI32(0))), 2);
    VM_ModuleDelete(large);
    VM_ContextDelete(context);
}

/* A guest that gives up because it got no memory: the trap says so, but not one of a later call. */
static void gives_up(void)
{
    VM_Context *context = context_with_each(2 * PAGE);
    CHECK_OK(VM_ContextInstantiate(context, module, NULL, &error));
    CHECK_OK(VM_ContextExecute(context, latest(context), "must_grow", VALUES(VM_ValueI32(1)), NULL, 0, &error));
    CHECK_STATUS(VM_ContextExecute(context, latest(context), "must_grow", VALUES(VM_ValueI32(1)), NULL, 0, &error), VM_STATUS_TRAP,
                 "the guest trapped: `unreachable` was reached; before, growth was refused: the memory would have 196608 bytes, and the limit of each "
                 "memory is 131072 (VM_ContextConfigSetMemorySizeLimit raises it)");
    CHECK_INT(VM_ErrorGetTrapCode(error), VM_TRAP_UNREACHABLE);
    CHECK_STATUS(VM_ContextExecute(context, latest(context), "give_up", NO_VALUES, NULL, 0, &error), VM_STATUS_TRAP, "was reached");
    CHECK(!strstr(VM_ErrorGetMessage(error), "refused"));
    VM_ContextDelete(context);
}

/* A growth beyond what addresses can reach takes nothing away from what was counted before. */
static void beyond_addresses(void)
{
    VM_Context *context = new_context(engine);
    VM_Statistics used = VM_STATISTICS_INIT;
    NEED(VM_ContextInstantiate(context, module, NULL, &error));
    CHECK_INT(run(context, "grow_memory", VALUES(VM_ValueI32(1))), 1);
    CHECK_INT(run(context, "grow_memory", VALUES(VM_ValueI32(65536))), -1);
    NEED(VM_ContextGetStatistics(context, &used, &error));
    CHECK_INT(used.memory_bytes, 2 * PAGE);
    VM_ContextDelete(context);
}

int main(void)
{
    engine = new_engine();
    module = load(engine, GUEST("limits"));
    by_default();
    one_memory();
    gives_up();
    beyond_addresses();
    VM_ModuleDelete(module);
    VM_EngineDelete(engine);
    return finish();
}
