/* Pools of contexts: each use begins with what was prepared, and nothing of one use reaches the next. */
#include "pools.h"

static Preparation preparation;

/* Instantiates the guest, which has counted nothing yet. */
static void use(VM_Context *context)
{
    NEED(VM_ContextInstantiate(context, preparation.module, NULL, &error));
    CHECK_INT(run(context, "count", NO_VALUES), 1);
    CHECK_INT(run(context, "count", NO_VALUES), 2);
}

static void counts(VM_ContextPool *pool, size_t idle, size_t taken)
{
    CHECK_INT(VM_ContextPoolGetIdleCount(pool), idle);
    CHECK_INT(VM_ContextPoolGetTakenCount(pool), taken);
}

static void contexts_are_used_again(void)
{
    VM_ContextPool *pool = new_pool(&preparation, 0, prepare);
    VM_Context *context = take(pool), *second;
    const uint64_t id = VM_ContextGetId(context);
    VM_Instance instance;
    preparation.prepared = 1;
    counts(pool, 0, 1);
    for (int turn = 0; turn < 3; turn++) {
        use(context);
        instance = latest(context);
        CHECK_OK(VM_ContextPoolReturn(pool, context, &error));
        counts(pool, 1, 0);
        context = take(pool);
        CHECK_INT(VM_ContextGetId(context), id);
        CHECK_INT(VM_ContextGetInstanceCount(context), 0);
        CHECK_STATUS(VM_ContextExecute(context, instance, "count", NO_VALUES, NULL, 0, &error), VM_STATUS_STALE, NULL);
    }
    CHECK_INT(preparation.prepared, 1);
    second = take(pool);
    CHECK_INT(preparation.prepared, 2);
    use(second);
    use(context);
    counts(pool, 0, 2);
    CHECK_OK(VM_ContextPoolReturn(pool, second, &error));
    CHECK_OK(VM_ContextPoolReturn(pool, context, &error));
    counts(pool, 2, 0);
    CHECK_INT(preparation.freed, 0);
    VM_ContextPoolDelete(pool);
    CHECK_INT(preparation.freed, 1);
}

static void limits(void)
{
    VM_ContextPool *pool = new_pool(&preparation, 2, prepare);
    VM_Context *contexts[2], *third = NULL;
    CHECK_STATUS(VM_ContextPoolFill(pool, 3, &error), VM_STATUS_LIMIT, "the pool can have 2 contexts and not 3");
    CHECK_OK(VM_ContextPoolFill(pool, 1, &error));
    counts(pool, 1, 0);
    contexts[0] = take(pool);
    CHECK_OK(VM_ContextPoolFill(pool, 1, &error));
    counts(pool, 0, 1);
    contexts[1] = take(pool);
    CHECK_STATUS(VM_ContextPoolTake(pool, &third, &error), VM_STATUS_LIMIT,
                 "the pool has 2 contexts, its limit, and 2 of them are taken; return one (VM_ContextPoolReturn), or create the pool "
                 "with a higher limit");
    CHECK(third == NULL);
    CHECK_OK(VM_ContextPoolReturn(pool, contexts[0], &error));
    contexts[0] = take(pool);
    /* One that the host deletes makes room, too. */
    VM_ContextDelete(contexts[0]);
    counts(pool, 0, 1);
    contexts[0] = take(pool);
    use(contexts[0]);
    VM_ContextPoolDelete(pool);
    /* What was taken is not affected. */
    use(contexts[1]);
    CHECK_INT(run(contexts[0], "count", NO_VALUES), 3);
    VM_ContextDelete(contexts[0]);
    VM_ContextDelete(contexts[1]);
}

/* What a use has attached ends with it; a context in which it has registered something is not used again. */
static void what_a_use_leaves(void)
{
    VM_ContextPool *pool = new_pool(&preparation, 0, prepare);
    VM_Context *context = take(pool);
    VM_HostModule *other = new_host("other");
    uint64_t id = VM_ContextGetId(context), cancel = 0, next = 0;
    atomic_int freed = 0;
    void *data = &freed;
    NEED(VM_ContextSetData(context, &freed, count_free, &error));
    NEED(VM_ContextGetCancelId(context, &cancel, &error));
    use(context);
    NEED(VM_ContextRegisterInstance(context, "own", latest(context), &error));
    CHECK_OK(VM_ContextPoolReturn(pool, context, &error));
    CHECK_INT(freed, 1);
    CHECK_STATUS(VM_Cancel(cancel, &error), VM_STATUS_STALE, NULL);
    context = take(pool);
    CHECK_INT(VM_ContextGetId(context), id);
    CHECK_OK(VM_ContextGetData(context, &data, &error));
    CHECK(data == NULL);
    CHECK_OK(VM_ContextGetCancelId(context, &next, &error));
    CHECK(next != cancel);
    CHECK_STATUS(VM_ContextFindInstance(context, "own", &(VM_Instance){ 0 }, &error), VM_STATUS_NOT_FOUND, NULL);

    NEED(VM_HostModuleAddFunction(other, "step", "(i)i", step, NULL, NULL, &error));
    NEED(VM_ContextRegisterModule(context, other, &error));
    CHECK_OK(VM_ContextPoolReturn(pool, context, &error));
    counts(pool, 0, 0);
    context = take(pool);
    CHECK(VM_ContextGetId(context) != id);
    id = VM_ContextGetId(context);
    NEED(VM_ContextSetPluginOption(context, "unknown", "key", "value", &error));
    CHECK_OK(VM_ContextPoolReturn(pool, context, &error));
    context = take(pool);
    CHECK(VM_ContextGetId(context) != id);
    use(context);
    CHECK_OK(VM_ContextPoolReturn(pool, context, &error));
    counts(pool, 1, 0);
    VM_HostModuleDelete(other);
    VM_ContextPoolDelete(pool);
}

/* Modules that `prepare` registers are instantiated for each use; guests import from them. */
static VM_Status VM_CALL prepare_wasm(void *user, VM_Context *context, VM_Error **why)
{
    VM_Status status = prepare(user, context, why);
    return status ? status : VM_ContextRegisterWasm(context, "lib", preparation.module, NULL, why);
}

static void registered_wasm(void)
{
    VM_ContextPool *pool = new_pool(&preparation, 1, prepare_wasm);
    VM_Context *context = take(pool);
    VM_Instance lib;
    for (int turn = 0; turn < 3; turn++) {
        VM_Value result;
        CHECK_OK(VM_ContextFindInstance(context, "lib", &lib, &error));
        CHECK_OK(VM_ContextExecute(context, lib, "count", NO_VALUES, &result, 1, &error));
        CHECK_INT(result.of.i32, 1);
        CHECK_OK(VM_ContextPoolReturn(pool, context, &error));
        context = take(pool);
        CHECK_INT(VM_ContextGetInstanceCount(context), 1);
    }
    CHECK_OK(VM_ContextPoolReturn(pool, context, &error));
    VM_ContextPoolDelete(pool);
}

int main(void)
{
    new_preparation(&preparation);
    contexts_are_used_again();
    limits();
    what_a_use_leaves();
    registered_wasm();
    delete_preparation(&preparation);
    return finish();
}
