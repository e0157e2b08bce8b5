/* Limits of a context: memory, table elements, instances. */
#include "test.h"

enum { PAGE = 65536 };

static VM_Engine *engine;
static VM_Module *module;

static void limited_memory(void)
{
    VM_ContextConfig *config;
    VM_Context *context;
    VM_Memory memory;
    uint64_t former = 0;
    NEED(VM_ContextConfigCreate(&config, &error));
    CHECK_OK(VM_ContextConfigSetName(config, "three pages", &error));
    CHECK_OK(VM_ContextConfigSetMemoryLimit(config, 3 * PAGE, &error));
    NEED(VM_ContextCreate(engine, config, &context, &error));
    VM_ContextConfigDelete(config);

    CHECK_OK(VM_ContextInstantiate(context, module, NULL, &error));
    CHECK_INT(run(context, "grow_memory", VALUES(VM_ValueI32(3))), -1);
    CHECK_INT(run(context, "grow_memory", VALUES(VM_ValueI32(-1))), -1);
    CHECK_INT(run(context, "grow_memory", VALUES(VM_ValueI32(1))), 1);
    CHECK_INT(run(context, "grow_table", VALUES(VM_ValueI32(90))), 10);
    /* The second instance takes the last page. */
    CHECK_OK(VM_ContextInstantiate(context, module, NULL, &error));
    CHECK_INT(run(context, "grow_memory", VALUES(VM_ValueI32(1))), -1);
    NEED(VM_InstanceFindMemory(context, latest(context), "memory", &memory, &error));
    CHECK_STATUS(VM_MemoryGrow(context, memory, 1, &former, &error), VM_STATUS_LIMIT, "the memory of 1 page cannot grow by 1: the memories of the context would have 262144 bytes in total, and its limit is 196608 "
                 "(VM_ContextConfigSetMemoryLimit raises it, UINT64_MAX lifts it)");
    CHECK_OK(VM_MemoryGrow(context, memory, 0, &former, &error));
    CHECK_INT(former, 1);
    for (int i = 0; i < 3; i++) {
        CHECK_STATUS(VM_ContextInstantiate(context, module, NULL, &error), VM_STATUS_LIMIT,
                     "the module cannot be instantiated: its memory cannot be created: the memories of the context would have 262144 bytes in "
                     "total, and its limit is 196608 (VM_ContextConfigSetMemoryLimit raises it, UINT64_MAX lifts it); VM_ContextReset frees what "
                     "earlier instances took");
        CHECK_INT(VM_ContextGetInstanceCount(context), 2);
    }
    VM_ContextDelete(context);
}

static void limited_tables(void)
{
    VM_ContextConfig *config;
    VM_Context *context;
    VM_Table table;
    VM_Value null = VM_ValueFuncRef(VM_RefNull());
    NEED(VM_ContextConfigCreate(&config, &error));
    CHECK_OK(VM_ContextConfigSetTableLimit(config, 25, &error));
    NEED(VM_ContextCreate(engine, config, &context, &error));
    VM_ContextConfigDelete(config);

    CHECK_OK(VM_ContextInstantiate(context, module, NULL, &error));
    CHECK_OK(VM_ContextInstantiate(context, module, NULL, &error));
    CHECK_INT(run(context, "grow_table", VALUES(VM_ValueI32(6))), -1);
    CHECK_INT(run(context, "grow_table", VALUES(VM_ValueI32(3))), 10);
    NEED(VM_InstanceFindTable(context, latest(context), "table", &table, &error));
    CHECK_STATUS(VM_TableGrow(context, table, 3, &null, NULL, &error), VM_STATUS_LIMIT, "the table of 13 elements cannot grow by 3: the tables of the context would have 26 elements in total, and its limit is 25 "
                 "(VM_ContextConfigSetTableLimit raises it)");
    CHECK_OK(VM_TableGrow(context, table, 2, &null, NULL, &error));
    CHECK_INT(run(context, "grow_memory", VALUES(VM_ValueI32(9))), 1);
    CHECK_STATUS(VM_ContextInstantiate(context, module, NULL, &error), VM_STATUS_LIMIT, "its table cannot be created: the tables of the context would have 35 elements in total, and its limit is 25");
    VM_ContextDelete(context);
}

static void limited_instances(void)
{
    VM_ContextConfig *config;
    VM_Context *context;
    VM_Instance instance;
    NEED(VM_ContextConfigCreate(&config, &error));
    CHECK_OK(VM_ContextConfigSetInstanceLimit(config, 2, &error));
    NEED(VM_ContextCreate(engine, config, &context, &error));
    VM_ContextConfigDelete(config);

    CHECK_OK(VM_ContextInstantiate(context, module, &instance, &error));
    CHECK_OK(VM_ContextInstantiate(context, module, NULL, &error));
    CHECK_STATUS(VM_ContextInstantiate(context, module, NULL, &error), VM_STATUS_LIMIT,
                 "too many instances: the context would have had 3, counting those that failed or were removed, and its limit is 2; "
                 "VM_ContextReset frees them, VM_ContextConfigSetInstanceLimit raises the limit");
    /* Removed instances count: the limit is for all that were created. */
    CHECK_OK(VM_ContextRemoveInstance(context, instance, &error));
    CHECK_STATUS(VM_ContextInstantiate(context, module, NULL, &error), VM_STATUS_LIMIT, "the context would have had 3");
    CHECK_INT(VM_ContextGetInstanceCount(context), 1);
    VM_ContextDelete(context);
}

static VM_Status VM_CALL next(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)user;
    (void)caller;
    (void)args;
    results[0] = VM_ValueI32(1);
    return VM_STATUS_OK;
}

/* A host module's memory and table count too. */
static void limited_host_items(void)
{
    VM_ContextConfig *config;
    VM_Context *context;
    VM_HostModule *host = new_host("lib");
    VM_Module *user = load(engine, GUEST("user"));
    VM_MemoryType type = { .size = sizeof(VM_MemoryType), .minimum = 2 };
    VM_GlobalType seven = { .size = sizeof(VM_GlobalType), .content = VM_VALTYPE_I32 };
    VM_Value value = VM_ValueI32(7);
    NEED(VM_HostModuleAddFunction(host, "next", "()i", next, NULL, NULL, &error));
    NEED(VM_HostModuleAddGlobal(host, "seven", &seven, &value, &error));
    NEED(VM_HostModuleAddMemory(host, "memory", &type, &error));
    NEED(VM_ContextConfigCreate(&config, &error));
    CHECK_OK(VM_ContextConfigSetMemoryLimit(config, PAGE, &error));
    NEED(VM_ContextCreate(engine, config, &context, &error));
    VM_ContextConfigDelete(config);
    NEED(VM_ContextRegisterModule(context, host, &error));
    CHECK_STATUS(VM_ContextInstantiate(context, user, NULL, &error), VM_STATUS_LIMIT,
                 "the memory cannot be created: the memories of the context would have 131072 bytes in total, and its limit is 65536");
    CHECK_TEXT(VM_ErrorGetModuleName(error), "lib");
    CHECK_TEXT(VM_ErrorGetFunctionName(error), "memory");
    VM_ModuleDelete(user);
    VM_HostModuleDelete(host);
    VM_ContextDelete(context);
}

int main(void)
{
    engine = new_engine();
    module = load(engine, GUEST("limits"));
    limited_memory();
    limited_tables();
    limited_instances();
    limited_host_items();
    VM_ModuleDelete(module);
    VM_EngineDelete(engine);
    return finish();
}
