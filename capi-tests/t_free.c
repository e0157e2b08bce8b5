/* Free functions and callbacks that call libvm with the object that is being freed, used or deleted. */
#include "test.h"

static VM_Context *context;
static VM_Module *module;
static VM_HostModule *host;
static VM_Caller *caller_now;
static VM_Status found;
static int freed;

static void VM_CALL use_context(void *unused)
{
    VM_Instance instance;
    (void)unused;
    freed++;
    found = VM_ContextGetInstance(context, 0, &instance, NULL);
}

static void VM_CALL use_caller(void *unused)
{
    uint64_t size;
    (void)unused;
    freed++;
    found = VM_CallerGetMemorySize(caller_now, &size);
}

static void VM_CALL change_host(void *unused)
{
    (void)unused;
    freed++;
    found = VM_HostModuleAddFunction(host, "late", "()", NULL, NULL, NULL, NULL);
}

static void VM_CALL delete_host(void *unused)
{
    (void)unused;
    freed++;
    VM_HostModuleDelete(host);
}

/* A free function of the context may use the context, and is refused. */
static VM_Status VM_CALL delete_context(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)user;
    (void)caller;
    (void)args;
    VM_ContextDelete(context);
    results[0] = VM_ValueI32(3);
    return VM_STATUS_OK;
}

static void free_during_deletion(VM_Engine *engine, bool inside)
{
    VM_Ref ref;
    VM_Value result;
    context = new_context(engine);
    host = new_host("host");
    NEED(VM_HostModuleAddFunction(host, "park", "()i", delete_context, NULL, use_context, &error));
    NEED(VM_ContextRegisterModule(context, host, &error));
    NEED(VM_RefCreateExtern(context, NULL, use_context, &ref, &error));
    NEED(VM_ContextSetData(context, NULL, use_context, &error));
    VM_HostModuleDelete(host);
    instantiate(engine, context, GUEST("everything"));
    freed = 0;
    found = VM_STATUS_OK;
    if (inside)
        CHECK_OK(VM_ContextExecute(context, latest(context), "park", NO_VALUES, &result, 1, &error));
    else
        VM_ContextDelete(context);
    CHECK_INT(freed, 3);
    CHECK_INT(found, VM_STATUS_REENTRANT);
}

/* A pointer that a failing call frees may ask for the caller of that call. */
static VM_Status VM_CALL fail_to_keep(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    VM_Ref ref;
    (void)user;
    (void)args;
    caller_now = caller;
    found = VM_STATUS_OK;
    CHECK_INT(VM_CallerCreateExternRef(caller, NULL, use_caller, NULL), VM_STATUS_NULL_ARGUMENT);
    CHECK_INT(found, VM_STATUS_REENTRANT);
    CHECK_INT(VM_CallerCreateExternRef(caller, NULL, NULL, &ref), VM_STATUS_OK);
    results[0] = VM_ValueI32(1);
    return VM_STATUS_OK;
}

/* A start function whose callback deletes the module that is being instantiated. */
static VM_Status VM_CALL delete_module(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)user;
    (void)caller;
    (void)args;
    VM_ModuleDelete(module);
    module = NULL;
    results[0] = VM_ValueI32(0);
    return VM_STATUS_OK;
}

static void delete_while_instantiating(VM_Engine *engine, bool named)
{
    VM_Instance instance;
    context = new_context(engine);
    host = new_host("host");
    NEED(VM_HostModuleAddFunction(host, "add", "(ii)i", delete_module, NULL, NULL, &error));
    NEED(VM_ContextRegisterModule(context, host, &error));
    module = load(engine, GUEST("start"));
    if (named)
        CHECK_OK(VM_ContextRegisterWasm(context, "start", module, &instance, &error));
    else
        CHECK_OK(VM_ContextInstantiate(context, module, &instance, &error));
    CHECK(module == NULL);
    CHECK_INT(VM_ContextGetInstanceCount(context), 1);
    CHECK_OK(VM_ContextRemoveInstance(context, instance, &error));
    VM_HostModuleDelete(host);
    VM_ContextDelete(context);
}

/* A host module that is changed or deleted by the free function of an item that it refuses. */
static void refused_by_a_host_module(void)
{
    host = new_host("host");
    freed = 0;
    NEED(VM_HostModuleAddFunction(host, "f", "()i", fail_to_keep, NULL, NULL, &error));
    CHECK_STATUS(VM_HostModuleAddFunction(host, "f", "()i", fail_to_keep, NULL, change_host, &error), VM_STATUS_ALREADY_EXISTS,
                 "`f`");
    CHECK_INT(found, VM_STATUS_NULL_ARGUMENT);
    CHECK_STATUS(VM_HostModuleAddFunction(host, "f", "()i", fail_to_keep, NULL, delete_host, &error), VM_STATUS_ALREADY_EXISTS,
                 "`f`");
    CHECK_INT(freed, 2);
}

/* One array for arguments and results, and references that are not the host's to release. */
static void values_and_exports(VM_Engine *engine)
{
    VM_Value both[2] = { VM_ValueI32(40), VM_ValueI32(2) };
    VM_Instance instance;
    VM_Func func;
    context = new_context(engine);
    host = new_host("host");
    NEED(VM_HostModuleAddFunction(host, "park", "()i", fail_to_keep, NULL, NULL, &error));
    NEED(VM_ContextRegisterModule(context, host, &error));
    instance = instantiate(engine, context, GUEST("everything"));
    CHECK_OK(VM_ContextExecute(context, latest(context), "add", both, 2, both, 1, &error));
    CHECK_INT(both[0].of.i32, 42);
    NEED(VM_InstanceFindFunction(context, latest(context), "add", &func, &error));
    both[0] = VM_ValueI32(1);
    CHECK_OK(VM_FuncCall(context, func, both, 2, both + 1, 1, &error));
    CHECK_INT(both[1].of.i32, 3);
    VM_RefRelease(VM_FuncToRef(func)); /* the instance keeps it */
    CHECK_INT(run(context, "park", NO_VALUES), 1);
    CHECK_OK(VM_RefRetain(context, VM_FuncToRef(func), &error));
    CHECK_OK(VM_ContextRemoveInstance(context, instance, &error));
    CHECK_OK(VM_FuncCall(context, func, VALUES(VM_ValueI32(3), VM_ValueI32(4)), both, 1, &error));
    CHECK_INT(both[0].of.i32, 7);
    VM_RefRelease(VM_FuncToRef(func));
    CHECK_STATUS(VM_FuncCall(context, func, both, 2, both, 1, &error), VM_STATUS_STALE, "stale");
    VM_HostModuleDelete(host);
    VM_ContextDelete(context);
}

int main(void)
{
    VM_Engine *engine = new_engine();
    free_during_deletion(engine, false);
    free_during_deletion(engine, true);
    delete_while_instantiating(engine, false);
    delete_while_instantiating(engine, true);
    refused_by_a_host_module();
    values_and_exports(engine);
    VM_EngineDelete(engine);
    return finish();
}
