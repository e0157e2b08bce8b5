/* Pools of contexts that are prepared or returned in the wrong way, and contexts that are returned while they are used. */
#include "executions.h"
#include "pools.h"
#include <pthread.h>

static Preparation preparation;

static void wrong_contexts(void)
{
    VM_ContextPool *pool = new_pool(&preparation, 0, prepare), *other = new_pool(&preparation, 0, prepare);
    VM_Context *context = take(pool), *foreign = take(other), *own = new_context(preparation.engine);
    static const char not_of_it[] = "the context is not of this pool; return each context once";
    CHECK_STATUS(VM_ContextPoolReturn(pool, foreign, &error), VM_STATUS_INVALID_ARGUMENT, not_of_it);
    CHECK_STATUS(VM_ContextPoolReturn(pool, own, &error), VM_STATUS_INVALID_ARGUMENT, not_of_it);
    CHECK_OK(VM_ContextPoolReturn(pool, context, &error));
    CHECK_STATUS(VM_ContextPoolReturn(pool, context, &error), VM_STATUS_INVALID_ARGUMENT,
                 "the context was returned to the pool before; return each context once");
    CHECK_OK(VM_ContextPoolReturn(other, foreign, &error));
    VM_ContextDelete(own);
    VM_ContextPoolDelete(pool);
    VM_ContextPoolDelete(other);
}

/* What a callback answers, and what it leaves. */
static int answer;

static VM_Status VM_CALL answer_only(void *user, VM_Context *context, VM_Error **why)
{
    (void)user;
    (void)context;
    (void)why;
    return answer;
}

static VM_Status VM_CALL prepare_twice(void *user, VM_Context *context, VM_Error **why)
{
    VM_Status status = prepare(user, context, why);
    return status ? status : prepare(user, context, why);
}

static VM_Status VM_CALL prepare_instance(void *user, VM_Context *context, VM_Error **why)
{
    VM_Status status = prepare(user, context, why);
    return status ? status : VM_ContextInstantiate(context, preparation.module, NULL, why);
}

static VM_Status VM_CALL prepare_in_spite(void *user, VM_Context *context, VM_Error **why)
{
    (void)prepare_twice(user, context, why);
    return VM_STATUS_OK;
}

static void wrong_callbacks(void)
{
    VM_Context *context = NULL;
    VM_ContextPool *pool = new_pool(&preparation, 1, answer_only);
    answer = VM_STATUS_USER - 3;
    CHECK_STATUS(VM_ContextPoolTake(pool, &context, &error), VM_STATUS_USER - 3,
                 "the prepare function of the pool returned -10003 and no error");
    answer = VM_STATUS_PENDING;
    CHECK_STATUS(VM_ContextPoolFill(pool, 1, &error), VM_STATUS_BAD_ANSWER, "the prepare function of the pool returned 1 and no error");
    CHECK_INT(VM_ContextPoolFill(pool, 1, NULL), VM_STATUS_BAD_ANSWER);
    CHECK(context == NULL);
    CHECK_INT(VM_ContextPoolGetIdleCount(pool) + VM_ContextPoolGetTakenCount(pool), 0);
    VM_ContextPoolDelete(pool);

    /* Each time the place of the context is free again. */
    pool = new_pool(&preparation, 1, prepare_twice);
    for (int i = 0; i < 3; i++)
        CHECK_STATUS(VM_ContextPoolTake(pool, &context, &error), VM_STATUS_ALREADY_EXISTS,
                     "host module `host` is already registered in this context");
    CHECK_INT(VM_ContextPoolTake(pool, &context, NULL), VM_STATUS_ALREADY_EXISTS);
    VM_ContextPoolDelete(pool);

    pool = new_pool(&preparation, 1, prepare_instance);
    CHECK_STATUS(VM_ContextPoolTake(pool, &context, &error), VM_STATUS_INVALID_ARGUMENT,
                 "the prepare function of the pool has created an instance that a reset would remove");
    VM_ContextPoolDelete(pool);

    pool = new_pool(&preparation, 1, prepare_in_spite);
    CHECK_OK(VM_ContextPoolTake(pool, &context, &error));
    VM_ContextDelete(context);
    VM_ContextPoolDelete(pool);

    pool = new_pool(&preparation, 1, NULL);
    context = take(pool);
    CHECK_STATUS(VM_ContextInstantiate(context, preparation.module, NULL, &error), VM_STATUS_UNRESOLVED_IMPORT, "host.step");
    CHECK_OK(VM_ContextPoolReturn(pool, context, &error));
    VM_ContextPoolDelete(pool);
}

/* A callback that returns its own context, here and on another thread. */
static VM_ContextPool *used;

static void *return_elsewhere(void *context)
{
    CHECK_STATUS(VM_ContextPoolReturn(used, context, &error), VM_STATUS_BUSY, "another thread is using the context");
    forget_error();
    return NULL;
}

static VM_Status VM_CALL return_inside(void *context, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    pthread_t thread;
    (void)caller;
    CHECK_STATUS(VM_ContextPoolReturn(used, *(VM_Context **)context, &error), VM_STATUS_REENTRANT, "a callback of the context");
    CHECK(pthread_create(&thread, NULL, return_elsewhere, *(VM_Context **)context) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
    results[0] = VM_ValueI32(args[0].of.i32 + 1);
    return VM_STATUS_OK;
}

static void in_use(void)
{
    VM_Context *context = NULL;
    VM_HostModule *returning = new_host("host");
    NEED(VM_HostModuleAddFunction(returning, "step", "(i)i", return_inside, &context, NULL, &error));
    used = new_pool(&preparation, 1, NULL);
    context = take(used);
    NEED(VM_ContextRegisterModule(context, returning, &error));
    NEED(VM_ContextInstantiate(context, preparation.module, NULL, &error));
    CHECK_INT(run(context, "count", NO_VALUES), 1);
    CHECK_OK(VM_ContextPoolReturn(used, context, &error));
    VM_HostModuleDelete(returning);
    VM_ContextPoolDelete(used);
}

static VM_Status VM_CALL prepare_sleeper(void *user, VM_Context *context, VM_Error **why)
{
    (void)user;
    return VM_ContextRegisterModule(context, host, why);
}

/* An unfinished execution is cancelled, and the context is used again. */
static void unfinished(void)
{
    VM_ContextPool *pool;
    Sleeper sleeper = { 0 };
    VM_Module *module;
    engine = preparation.engine;
    make_host();
    module = load(engine, GUEST("executions"));
    pool = new_pool(&preparation, 1, prepare_sleeper);
    for (int turn = 1; turn <= 3; turn++) {
        sleeper.context = take(pool);
        NEED(VM_ContextSetData(sleeper.context, &sleeper, NULL, &error));
        NEED(VM_ContextInstantiate(sleeper.context, module, &sleeper.instance, &error));
        start(&sleeper, "nap", 1, NULL);
        CHECK_STATE(sleeper.execution, VM_EXECUTION_PENDING);
        CHECK_OK(VM_ContextPoolReturn(pool, sleeper.context, &error));
        CHECK_INT(VM_ContextPoolGetIdleCount(pool), 1);
        CHECK_INT(sleeper.cancelled, turn);
        CHECK_INT(sleeper.released, turn);
        CHECK_STATUS(VM_ExecutionPoll(sleeper.execution, &error), VM_STATUS_CANCELLED, NULL);
        VM_ExecutionDelete(sleeper.execution);
    }
    VM_ModuleDelete(module);
    VM_HostModuleDelete(host);
    VM_ContextPoolDelete(pool);
}

int main(void)
{
    new_preparation(&preparation);
    wrong_contexts();
    wrong_callbacks();
    in_use();
    unfinished();
    delete_preparation(&preparation);
    return finish();
}
