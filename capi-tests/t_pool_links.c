/* What a module imports is resolved once for the contexts of a pool that were prepared alike, and is what each context has. */
#include "pools.h"

static Preparation preparation;
static VM_Module *guest;

static VM_Status VM_CALL number(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)caller;
    (void)args;
    results[0] = VM_ValueI32((int32_t)(intptr_t)user);
    return VM_STATUS_OK;
}

/* A host module with a function that returns the number, and a global; if the number is even, with another function before them. */
static VM_HostModule *numbered(intptr_t own)
{
    VM_HostModule *host = new_host("host");
    VM_GlobalType type = VM_GLOBALTYPE_INIT;
    VM_Value zero = VM_ValueI32(0);
    type.content = VM_VALTYPE_I32;
    type.is_mutable = true;
    if (own % 2 == 0)
        NEED(VM_HostModuleAddFunction(host, "another", "(II)", number, NULL, NULL, &error));
    NEED(VM_HostModuleAddFunction(host, "park", "()i", number, (void *)own, NULL, &error));
    NEED(VM_HostModuleAddGlobal(host, "shared", &type, &zero, &error));
    return host;
}

/* Each context gets a module of its own. */
static VM_Status VM_CALL prepare_own(void *user, VM_Context *context, VM_Error **why)
{
    VM_HostModule *own = numbered(++((Preparation *)user)->prepared);
    VM_Status status = VM_ContextRegisterModule(context, own, why);
    VM_HostModuleDelete(own);
    return status;
}

/* Nothing is left of an earlier use, and each context calls its own function. */
static void use(VM_Context *context, VM_Module *module, int expected)
{
    NEED(VM_ContextInstantiate(context, module, NULL, &error));
    CHECK_INT(run(context, "left", NO_VALUES), 0);
    CHECK_INT(run(context, "shared", NO_VALUES), 0);
    CHECK_INT(run(context, "park", NO_VALUES), expected);
    CHECK_INT(run(context, "leave", NO_VALUES), 2);
    CHECK_INT(run(context, "shared", NO_VALUES), 99);
    /* A second instance has the same global. */
    NEED(VM_ContextInstantiate(context, module, NULL, &error));
    CHECK_INT(run(context, "shared", NO_VALUES), 99);
}

static void turns(VM_ContextPool *pool, int first, int second)
{
    for (int turn = 0; turn < 3; turn++) {
        VM_Context *contexts[2] = { take(pool), take(pool) };
        /* A module that is loaded later may have the address of one that was deleted. */
        VM_Module *module = turn % 2 ? load(preparation.engine, GUEST("reset")) : guest;
        use(contexts[0], module, first);
        use(contexts[1], module, second);
        if (turn % 2)
            VM_ModuleDelete(module);
        CHECK_OK(VM_ContextPoolReturn(pool, contexts[1], &error));
        CHECK_OK(VM_ContextPoolReturn(pool, contexts[0], &error));
        /* Another module, after that. */
        contexts[0] = take(pool);
        CHECK_STATUS(VM_ContextInstantiate(contexts[0], preparation.module, NULL, &error), VM_STATUS_UNRESOLVED_IMPORT, "host.step");
        CHECK_OK(VM_ContextPoolReturn(pool, contexts[0], &error));
    }
    VM_ContextPoolDelete(pool);
}

/* What a use registers counts for that use. */
static void registered_later(void)
{
    VM_ContextPool *pool = new_pool(&preparation, 0, NULL);
    VM_Context *context = take(pool);
    CHECK_STATUS(VM_ContextInstantiate(context, guest, NULL, &error), VM_STATUS_UNRESOLVED_IMPORT, "host.park");
    NEED(VM_ContextRegisterModule(context, preparation.host, &error));
    use(context, guest, 5);
    CHECK_OK(VM_ContextPoolReturn(pool, context, &error));
    context = take(pool);
    CHECK_STATUS(VM_ContextInstantiate(context, guest, NULL, &error), VM_STATUS_UNRESOLVED_IMPORT, "host.park");
    CHECK_OK(VM_ContextPoolReturn(pool, context, &error));
    VM_ContextPoolDelete(pool);
}

int main(void)
{
    new_preparation(&preparation);
    VM_HostModuleDelete(preparation.host);
    preparation.host = numbered(5);
    guest = load(preparation.engine, GUEST("reset"));
    turns(new_pool(&preparation, 2, prepare), 5, 5);
    preparation.prepared = 0;
    turns(new_pool(&preparation, 2, prepare_own), 1, 2);
    registered_later();
    VM_ModuleDelete(guest);
    delete_preparation(&preparation);
    return finish();
}
