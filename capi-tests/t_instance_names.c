/* Additional names of an instance, exports whose names contain NUL, and page sizes of memories. */
#include "test.h"

static int32_t call(VM_Context *context, VM_Func func)
{
    VM_Value result;
    NEED(VM_FuncCall(context, func, NO_VALUES, &result, 1, &error));
    return result.of.i32;
}

static void exports_by_index(VM_Context *context, VM_Instance instance)
{
    VM_Func func, same;
    CHECK_OK(VM_InstanceGetFunction(context, instance, 2, &func, &error));
    CHECK_INT(call(context, func), 2);
    CHECK_OK(VM_InstanceFindFunction(context, instance, "a", &same, &error));
    CHECK(same.slot == func.slot && same.generation == func.generation);
    CHECK_OK(VM_InstanceGetFunction(context, latest(context), 0, &func, &error));
    CHECK_INT(call(context, func), 1);
    CHECK_STATUS(VM_InstanceGetFunction(context, instance, 1, &func, &error), VM_STATUS_WRONG_TYPE, "memory");
    CHECK_STATUS(VM_InstanceGetFunction(context, instance, 3, &func, &error), VM_STATUS_NOT_FOUND,
                 "index 3 is out of range: the module has 3 exports");
}

static void further_names(VM_Engine *engine, VM_Context *context, VM_Instance instance)
{
    VM_Context *other = new_context(engine);
    VM_Instance found, user;
    VM_Module *module = load(engine, GUEST("names_user"));
    VM_Value sum;
    CHECK_STATUS(VM_ContextInstantiate(context, module, NULL, &error), VM_STATUS_UNRESOLVED_IMPORT, "`second`");
    CHECK_OK(VM_ContextRegisterInstance(context, "first", instance, &error));
    CHECK_OK(VM_ContextRegisterInstance(context, "second", instance, &error));
    CHECK_STATUS(VM_ContextRegisterInstance(context, "second", instance, &error), VM_STATUS_ALREADY_EXISTS, "`second.");
    CHECK_STATUS(VM_ContextRegisterInstance(other, "first", instance, &error), VM_STATUS_WRONG_CONTEXT, NULL);
    CHECK_OK(VM_ContextFindInstance(context, "second", &found, &error));
    CHECK(found.slot == instance.slot && found.generation == instance.generation);
    CHECK_INT(VM_ContextGetInstanceCount(context), 1);

    NEED(VM_ContextInstantiate(context, module, &user, &error));
    CHECK_OK(VM_ContextExecute(context, user, "sum", NO_VALUES, &sum, 1, &error));
    CHECK_INT(sum.of.i32, 42);
    VM_ModuleDelete(module);
    module = load(engine, GUEST("names_pages"));
    CHECK_STATUS(VM_ContextInstantiate(context, module, NULL, &error), VM_STATUS_INCOMPATIBLE_IMPORT,
                 "the provided item is a memory of 100 to 200 pages of 1 byte");
    VM_ModuleDelete(module);

    CHECK_OK(VM_ContextRemoveInstance(context, instance, &error));
    CHECK_STATUS(VM_ContextFindInstance(context, "first", &found, &error), VM_STATUS_NOT_FOUND, "`first`");
    CHECK_STATUS(VM_ContextFindInstance(context, "second", &found, &error), VM_STATUS_NOT_FOUND, "`second`");
    CHECK_STATUS(VM_ContextRegisterInstance(context, "second", instance, &error), VM_STATUS_STALE, NULL);
    CHECK_OK(VM_ContextRegisterInstance(context, "second", user, &error));
    VM_ContextDelete(other);
}

static void page_sizes(VM_Context *context, VM_Instance instance)
{
    VM_Memory memory;
    VM_MemoryType type = VM_MEMORYTYPE_INIT;
    uint64_t size = 0;
    NEED(VM_InstanceFindMemory(context, instance, "bytes", &memory, &error));
    CHECK_OK(VM_MemoryGetType(context, memory, &type, &error));
    CHECK_INT(type.page_size, 1);
    CHECK_INT(type.minimum, 100);
    CHECK_OK(VM_MemoryGetSize(context, memory, &size, &error));
    CHECK_INT(size, 100);
}

/* A memory of the host serves an import of its page size, and 0 stands for ordinary pages. */
static void host_memories(VM_Engine *engine)
{
    VM_HostModule *host = new_host("second");
    VM_Module *module = load(engine, GUEST("names_pages"));
    VM_Context *context = new_context(engine);
    VM_MemoryType bytes = { .size = sizeof(VM_MemoryType), .minimum = 1, .page_size = 1 }, pages = { .size = sizeof(VM_MemoryType), .minimum = 1 }, odd = { .size = sizeof(VM_MemoryType), .minimum = 1, .page_size = 4096 };
    CHECK_OK(VM_HostModuleAddMemory(host, "bytes", &pages, &error));
    NEED(VM_ContextRegisterModule(context, host, &error));
    CHECK_OK(VM_ContextInstantiate(context, module, NULL, &error));
    VM_HostModuleDelete(host);
    VM_ContextDelete(context);

    host = new_host("second");
    context = new_context(engine);
    CHECK_STATUS(VM_HostModuleAddMemory(host, "bytes", &odd, &error), VM_STATUS_INVALID_ARGUMENT, "a page has 65536 bytes or 1 byte");
    CHECK_OK(VM_HostModuleAddMemory(host, "bytes", &bytes, &error));
    NEED(VM_ContextRegisterModule(context, host, &error));
    CHECK_STATUS(VM_ContextInstantiate(context, module, NULL, &error), VM_STATUS_INCOMPATIBLE_IMPORT, "page of 1 byte");
    VM_HostModuleDelete(host);
    VM_ContextDelete(context);
    VM_ModuleDelete(module);
}

int main(void)
{
    VM_EngineConfig *config = NULL;
    VM_Engine *engine = NULL;
    NEED(VM_EngineConfigCreate(&config, &error));
    NEED(VM_EngineConfigSetProposal(config, VM_PROPOSAL_CUSTOM_PAGE_SIZES, true, &error));
    NEED(VM_EngineCreate(config, &engine, &error));
    VM_Context *context = new_context(engine);
    VM_Instance instance = instantiate(engine, context, GUEST("names"));
    exports_by_index(context, instance);
    page_sizes(context, instance);
    further_names(engine, context, instance);
    host_memories(engine);
    VM_ContextDelete(context);
    VM_EngineConfigDelete(config);
    VM_EngineDelete(engine);
    return finish();
}
