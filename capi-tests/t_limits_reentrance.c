/* What a limit callback does to its context and to others: refused, deferred, or as anywhere else. */
#include "test.h"

enum { PAGE = 65536 };

static VM_Engine *engine;
static VM_Module *module;
static VM_Context *asking, *other;
static VM_HostModule *host;
static VM_Caller *outer; /* of a callback that called the guest */
static atomic_int freed;
static int asked;

static uint64_t VM_CALL uses_everything(void *user, const VM_LimitRequest *request)
{
    VM_Value result;
    VM_Memory memory;
    uint64_t size;
    uint8_t byte;
    (void)user;
    asked++;
    CHECK_STATUS(VM_ContextExecute(asking, (VM_Instance){ 0 }, "grow_memory", VALUES(VM_ValueI32(1)), &result, 1, &error),
                 VM_STATUS_REENTRANT, "a callback of the context cannot use the context");
    CHECK_STATUS(VM_ContextInstantiate(asking, module, NULL, &error), VM_STATUS_REENTRANT, NULL);
    CHECK_STATUS(VM_InstanceFindMemory(asking, (VM_Instance){ 0 }, "memory", &memory, &error), VM_STATUS_REENTRANT, NULL);
    CHECK_STATUS(VM_ContextReset(asking, &error), VM_STATUS_REENTRANT, NULL);
    CHECK_STATUS(VM_ContextRegisterModule(asking, host, &error), VM_STATUS_REENTRANT, NULL);
    if (outer) {
        CHECK_INT(VM_CallerReadMemory(outer, 0, &byte, 1), VM_STATUS_REENTRANT);
        CHECK_INT(VM_CallerGetMemorySize(outer, &size), VM_STATUS_REENTRANT);
        CHECK_INT(VM_CallerCall(outer, "grow_memory", VALUES(VM_ValueI32(1)), &result, 1), VM_STATUS_REENTRANT);
    }
    /* Another context is no matter of this one. */
    CHECK_INT(run(other, "grow_memory", VALUES(VM_ValueI32(0))), 1);
    return request->wanted;
}

static uint64_t VM_CALL deletes(void *user, const VM_LimitRequest *request)
{
    CHECK_INT(*(atomic_int *)user, 0);
    VM_ContextDelete(asking);
    CHECK_INT(*(atomic_int *)user, 0);
    return request->wanted;
}

static VM_Status VM_CALL again(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    VM_Status status;
    (void)user;
    outer = caller;
    status = VM_CallerCall(caller, "grow_memory", args, 1, results, 1);
    outer = NULL;
    return status;
}

static VM_Context *with(VM_LimitCallback callback)
{
    VM_ContextConfig *config = NULL;
    VM_Context *context = NULL;
    NEED(VM_ContextConfigCreate(&config, &error));
    NEED(VM_ContextConfigSetMemoryLimit(config, PAGE, &error));
    NEED(VM_ContextConfigSetLimitCallback(config, callback, &freed, count_free, &error));
    NEED(VM_ContextCreate(engine, config, &context, &error));
    VM_ContextConfigDelete(config);
    NEED(VM_ContextRegisterModule(context, host, &error));
    return context;
}

int main(void)
{
    VM_Instance instance;
    VM_Value result;
    VM_Memory memory;
    engine = new_engine();
    host = new_host("host");
    NEED(VM_HostModuleAddFunction(host, "again", "(i)i", again, NULL, NULL, &error));
    module = load(engine, GUEST("limits_start"));
    other = new_context(engine);
    instantiate(engine, other, GUEST("limits"));

    asking = with(uses_everything);
    instance = (VM_Instance){ 0 };
    NEED(VM_ContextInstantiate(asking, module, &instance, &error));
    CHECK_INT(asked, 1);
    CHECK_INT(run(asking, "grow_memory", VALUES(VM_ValueI32(1))), 2);
    CHECK_INT(run(asking, "nested", VALUES(VM_ValueI32(1))), 3);
    NEED(VM_InstanceFindMemory(asking, instance, "memory", &memory, &error));
    CHECK_OK(VM_MemoryGrow(asking, memory, 1, NULL, &error));
    CHECK_INT(asked, 4);
    VM_ContextDelete(asking);
    CHECK_INT(freed, 1);

    /* Deleted at the end of the call that asks. */
    freed = 0;
    asking = with(deletes);
    CHECK_OK(VM_ContextRunWasmFromFile(asking, GUEST("limits"), "grow_memory", VALUES(VM_ValueI32(1)), &result, 1, &error));
    CHECK_INT(result.of.i32, 1);
    CHECK_INT(freed, 1);

    VM_ContextDelete(other);
    VM_HostModuleDelete(host);
    VM_ModuleDelete(module);
    VM_EngineDelete(engine);
    return finish();
}
