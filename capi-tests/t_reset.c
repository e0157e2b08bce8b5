/* VM_ContextReset: nothing that ran remains, and the host's configuration does. */
#include "test.h"

static VM_Engine *engine;
static VM_Context *context;
static int freed_at_reset;
static atomic_int freed;

static VM_Status VM_CALL park(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    VM_Status status = VM_ContextReset(context, &error);
    (void)user;
    (void)caller;
    (void)args;
    CHECK_INT(status, VM_STATUS_REENTRANT);
    CHECK(strstr(VM_ErrorGetMessage(error), "use the VM_Caller of the callback") != NULL);
    results[0] = VM_ValueI32(status);
    return VM_STATUS_OK;
}

/* Freed during the reset, with the context in use. */
static void VM_CALL free_object(void *object)
{
    VM_Value value;
    freed_at_reset++;
    CHECK_INT(VM_ContextReset(context, NULL), VM_STATUS_REENTRANT);
    CHECK_INT(VM_RefGetExtern(context, VM_RefNull(), (void **)&value, NULL), VM_STATUS_REENTRANT);
    (void)object;
}

static void registered(void)
{
    VM_HostModule *host = new_host("host");
    VM_GlobalType type = { .size = sizeof(VM_GlobalType), .content = VM_VALTYPE_I32, .is_mutable = true };
    VM_Value five = VM_ValueI32(5);
    NEED(VM_HostModuleAddFunction(host, "park", "()i", park, NULL, NULL, &error));
    NEED(VM_HostModuleAddGlobal(host, "shared", &type, &five, &error));
    NEED(VM_ContextRegisterModule(context, host, &error));
    VM_HostModuleDelete(host);
}

/* Memory, table, globals and references of a guest are freed; its handles are stale, and stay so. */
static void guests_go(void)
{
    VM_Instance instance = instantiate(engine, context, GUEST("reset")), again;
    VM_Memory memory;
    VM_Func add;
    VM_Global global;
    VM_Table table;
    VM_Value value = VM_ValueI32(0), element;
    VM_Ref object;
    uint64_t size;
    int32_t data = 0;
    void *kept = NULL;
    NEED(VM_InstanceFindMemory(context, instance, "memory", &memory, &error));
    NEED(VM_InstanceFindFunction(context, instance, "add", &add, &error));
    NEED(VM_InstanceFindGlobal(context, instance, "global", &global, &error));
    NEED(VM_InstanceFindTable(context, instance, "objects", &table, &error));
    NEED(VM_RefCreateExtern(context, &freed, free_object, &object, &error));
    value = VM_ValueExternRef(object);
    NEED(VM_TableWrite(context, table, 0, &value, &error));
    CHECK_INT(run(context, "leave", NO_VALUES), 2);
    CHECK_INT(run(context, "park", NO_VALUES), VM_STATUS_REENTRANT);
    NEED(VM_ContextSetData(context, &freed, count_free, &error));

    CHECK_OK(VM_ContextReset(context, &error));
    CHECK_INT(freed_at_reset, 1);
    CHECK_INT(VM_ContextGetInstanceCount(context), 0);
    for (int i = 0; i < 2; i++) {
        void *pointer = &value;
        CHECK_STATUS(VM_MemoryGetSize(context, memory, &size, &error), VM_STATUS_STALE, "stale");
        CHECK_STATUS(VM_FuncCall(context, add, VALUES(VM_ValueI32(1), VM_ValueI32(2)), &value, 1, &error), VM_STATUS_STALE, NULL);
        CHECK_STATUS(VM_GlobalRead(context, global, &value, &error), VM_STATUS_STALE, NULL);
        CHECK_STATUS(VM_TableRead(context, table, 0, &element, &error), VM_STATUS_STALE, NULL);
        CHECK_STATUS(VM_RefGetExtern(context, object, &pointer, &error), VM_STATUS_STALE, NULL);
        CHECK_STATUS(VM_ContextExecute(context, instance, "leave", NO_VALUES, &value, 1, &error), VM_STATUS_STALE, NULL);
        CHECK_STATUS(VM_ContextRemoveInstance(context, instance, &error), VM_STATUS_STALE, NULL);
        again = instantiate(engine, context, GUEST("reset"));
        CHECK(memcmp(&again, &instance, sizeof again) != 0);
    }
    NEED(VM_InstanceFindMemory(context, again, "memory", &memory, &error));
    CHECK_OK(VM_MemoryRead(context, memory, 16, &data, sizeof data, &error));
    CHECK_INT(data, 0);
    CHECK_INT(run(context, "left", NO_VALUES), 0);
    /* The host's data stays, and its host module's items are new. */
    CHECK_OK(VM_ContextGetData(context, &kept, &error));
    CHECK(kept == (void *)&freed);
    CHECK_INT(freed, 0);
    CHECK_INT(run(context, "shared", NO_VALUES), 5);
}

/* Modules registered as wasm are instantiated again; registered instances are not. */
static void registered_modules(void)
{
    VM_Module *lib = load(engine, GUEST("lib")), *user = load(engine, GUEST("user"));
    VM_Instance made, registered_again, other;
    VM_Value result;
    NEED(VM_ContextRegisterWasm(context, "lib", lib, &made, &error));
    NEED(VM_ContextInstantiate(context, lib, &other, &error));
    NEED(VM_ContextRegisterInstance(context, "other", other, &error));
    NEED(VM_ContextInstantiate(context, user, NULL, &error));
    CHECK_INT(run(context, "next", NO_VALUES), 1);
    CHECK_INT(run(context, "next", NO_VALUES), 2);
    CHECK_OK(VM_ContextReset(context, &error));
    CHECK_INT(VM_ContextGetInstanceCount(context), 1);
    CHECK_OK(VM_ContextFindInstance(context, "lib", &registered_again, &error));
    CHECK(memcmp(&registered_again, &made, sizeof made) != 0);
    CHECK_STATUS(VM_ContextFindInstance(context, "other", &other, &error), VM_STATUS_NOT_FOUND, "`other`");
    CHECK_STATUS(VM_ContextExecute(context, made, "next", NO_VALUES, &result, 1, &error), VM_STATUS_STALE, NULL);
    NEED(VM_ContextInstantiate(context, user, NULL, &error));
    CHECK_INT(run(context, "next", NO_VALUES), 1);
    CHECK_OK(VM_ContextRemoveInstance(context, registered_again, &error));
    CHECK_OK(VM_ContextReset(context, &error));
    CHECK_STATUS(VM_ContextInstantiate(context, user, NULL, &error), VM_STATUS_UNRESOLVED_IMPORT, "no module `lib`");

    /* A module that cannot be instantiated again, because its import has no provider. */
    NEED(VM_ContextInstantiate(context, lib, &other, &error));
    NEED(VM_ContextRegisterInstance(context, "lib", other, &error));
    NEED(VM_ContextRegisterWasm(context, "user", user, NULL, &error));
    CHECK_STATUS(VM_ContextReset(context, &error), VM_STATUS_UNRESOLVED_IMPORT,
                 "the module registered as `user` cannot be instantiated after the reset: 3 of 3 imports cannot be resolved");
    CHECK_INT(VM_ContextGetInstanceCount(context), 0);
    CHECK_STATUS(VM_ContextFindInstance(context, "user", &other, &error), VM_STATUS_UNRESOLVED_IMPORT, "after the reset");

    /* It is replaced by what is registered under its name, for which nothing has to be removed. */
    CHECK_STATUS(VM_ContextRegisterWasm(context, "user", user, NULL, &error), VM_STATUS_UNRESOLVED_IMPORT, "no module `lib`");
    CHECK_STATUS(VM_ContextFindInstance(context, "user", &other, &error), VM_STATUS_UNRESOLVED_IMPORT, "after the reset");
    NEED(VM_ContextRegisterWasm(context, "lib", lib, NULL, &error));
    NEED(VM_ContextRegisterWasm(context, "user", user, &made, &error));
    NEED(VM_ContextFindInstance(context, "user", &other, &error));
    CHECK(memcmp(&made, &other, sizeof made) == 0);
    CHECK_OK(VM_ContextReset(context, &error));
    CHECK_INT(VM_ContextGetInstanceCount(context), 2);
    VM_ModuleDelete(lib);
    VM_ModuleDelete(user);
}

/* The 10,001st run in one context: refused, until the context is reset. */
static void many_runs(void)
{
    VM_Context *busy = new_context(engine);
    VM_Module *module = load(engine, GUEST("proposal_sign_extension"));
    for (int i = 0; i < 10000; i++)
        NEED(VM_ContextInstantiate(busy, module, NULL, &error));
    CHECK_STATUS(VM_ContextInstantiate(busy, module, NULL, &error), VM_STATUS_LIMIT,
                 "the module cannot be instantiated: too many instances: the context would have had 10001, counting those that failed or "
                 "were removed, and its limit is 10000; VM_ContextReset frees them, VM_ContextConfigSetInstanceLimit raises the limit");
    CHECK_OK(VM_ContextReset(busy, &error));
    CHECK_OK(VM_ContextInstantiate(busy, module, NULL, &error));
    VM_ModuleDelete(module);
    VM_ContextDelete(busy);
}

int main(void)
{
    engine = new_engine();
    context = new_context(engine);
    registered();
    guests_go();
    registered_modules();
    many_runs();
    VM_ContextDelete(context);
    CHECK_INT(freed, 1);
    VM_EngineDelete(engine);
    return finish();
}
