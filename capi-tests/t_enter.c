/* A context that is entered for many calls: counted, refused to others, and deleted, reset and returned to its pool meanwhile. */
#include "pools.h"
#include <pthread.h>

static Preparation with;
static VM_Context *context;
static VM_PreparedCall *prepared;
static VM_Instance guest;

/* How many times `count` was called, before `step` returns one more. */
static int32_t counted(void)
{
    VM_RawValue value = { .i32 = -1 };
    CHECK_OK(VM_PreparedCallRun(prepared, &value, &error));
    return value.i32;
}

static VM_PreparedCall *prepare_count(VM_Context *of, VM_Instance instance)
{
    VM_PreparedCall *made = NULL;
    VM_Func func;
    NEED(VM_InstanceFindFunction(of, instance, "count", &func, &error));
    NEED(VM_PreparedCallCreate(of, func, "()i", &made, &error));
    return made;
}

static void begin(VM_HostModule *host, atomic_int *freed)
{
    context = new_context(with.engine);
    NEED(VM_ContextSetData(context, freed, count_free, &error));
    NEED(VM_ContextRegisterModule(context, host, &error));
    NEED(VM_ContextInstantiate(context, with.module, &guest, &error));
    prepared = prepare_count(context, guest);
}

static void elsewhere(void *(*work)(void *))
{
    pthread_t thread;
    CHECK_INT(pthread_create(&thread, NULL, work, NULL), 0);
    CHECK_INT(pthread_join(thread, NULL), 0);
}

static void *finds_it_held(void *unused)
{
    VM_Value value;
    CHECK_STATUS(VM_PreparedCallRun(prepared, &(VM_RawValue){ .i32 = 0 }, &error), VM_STATUS_BUSY, "another thread holds the context");
    CHECK(VM_ErrorIsRetryable(error));
    CHECK_STATUS(VM_ContextExecute(context, guest, "count", NO_VALUES, &value, 1, &error), VM_STATUS_BUSY, "VM_ContextLeave");
    CHECK_STATUS(VM_ContextEnter(context, &error), VM_STATUS_BUSY, "another thread holds the context");
    CHECK_STATUS(VM_ContextLeave(context, &error), VM_STATUS_WRONG_THREAD, "on the thread that has entered it");
    CHECK_STATUS(VM_ContextReset(context, &error), VM_STATUS_BUSY, NULL);
    forget_error();
    return unused;
}

static void *finds_it_free(void *unused)
{
    VM_Value value = VM_ValueI32(0);
    CHECK_STATUS(VM_ContextLeave(context, &error), VM_STATUS_INVALID_ARGUMENT, "the context was not entered");
    CHECK_OK(VM_ContextEnter(context, &error));
    CHECK_OK(VM_ContextExecute(context, guest, "count", NO_VALUES, &value, 1, &error));
    CHECK_OK(VM_ContextLeave(context, &error));
    forget_error();
    return unused;
}

static void *deletes_it(void *unused)
{
    VM_ContextDelete(context);
    return unused;
}

static void many_calls(void)
{
    atomic_int freed = 0;
    VM_Value value = VM_ValueI32(0);
    begin(with.host, &freed);
    CHECK_STATUS(VM_ContextLeave(context, &error), VM_STATUS_INVALID_ARGUMENT, "called once for each VM_ContextEnter");
    CHECK_OK(VM_ContextEnter(context, &error));
    for (int i = 1; i <= 100; i++)
        CHECK_INT(counted(), i);
    elsewhere(finds_it_held);
    CHECK_OK(VM_ContextEnter(context, &error));
    CHECK_OK(VM_ContextExecute(context, guest, "count", NO_VALUES, &value, 1, &error));
    CHECK_INT(value.of.i32, 101);
    CHECK_STATUS(VM_ContextExecute(context, guest, "none", NO_VALUES, NO_VALUES, &error), VM_STATUS_NOT_FOUND, NULL);
    CHECK_OK(VM_ContextLeave(context, &error));
    elsewhere(finds_it_held);
    CHECK_INT(counted(), 102);

    CHECK_OK(VM_ContextReset(context, &error));
    elsewhere(finds_it_held);
    CHECK_STATUS(VM_PreparedCallRun(prepared, &(VM_RawValue){ .i32 = 0 }, &error), VM_STATUS_STALE, "the handle is stale");
    CHECK_OK(VM_ContextInstantiate(context, with.module, &guest, &error));
    CHECK_OK(VM_ContextLeave(context, &error));
    elsewhere(finds_it_free);
    CHECK_INT(run(context, "count", NO_VALUES), 2);
    CHECK_STATUS(VM_ContextLeave(context, &error), VM_STATUS_INVALID_ARGUMENT, NULL);
    VM_PreparedCallDelete(prepared);
    VM_ContextDelete(context);
    CHECK_INT(freed, 1);
}

/* What a callback does with its own context: 0 nothing but what is refused, 1 deletes it. */
static int deletes;

static VM_Status VM_CALL use_inside(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)user;
    (void)caller;
    CHECK_STATUS(VM_ContextEnter(context, &error), VM_STATUS_REENTRANT, "use the VM_Caller of the callback");
    CHECK_STATUS(VM_ContextLeave(context, &error), VM_STATUS_REENTRANT, "a callback of the context cannot leave it");
    forget_error();
    if (deletes)
        VM_ContextDelete(context);
    results[0] = VM_ValueI32(args[0].of.i32 + 1);
    return VM_STATUS_OK;
}

static void is_stale(void)
{
    VM_Value value;
    CHECK_STATUS(VM_ContextExecute(context, guest, "count", NO_VALUES, &value, 1, &error), VM_STATUS_STALE,
                 "the context was deleted, and exists until it is left");
    CHECK_STATUS(VM_ContextEnter(context, &error), VM_STATUS_STALE, NULL);
    CHECK_STATUS(VM_PreparedCallRun(prepared, &(VM_RawValue){ .i32 = 0 }, &error), VM_STATUS_STALE, "its context was deleted");
}

static void deleted(void)
{
    atomic_int freed = 0;
    VM_HostModule *host = new_host("host");
    NEED(VM_HostModuleAddFunction(host, "step", "(i)i", use_inside, NULL, NULL, &error));
    for (int how = 0; how < 4; how++) {
        begin(how < 2 ? with.host : host, &freed);
        deletes = 0;
        CHECK(how < 2 || counted() == 1);
        for (int i = 0; i < 2; i++)
            CHECK_OK(VM_ContextEnter(context, &error));
        deletes = how == 3;
        CHECK_INT(counted(), how < 2 ? 1 : 2);
        if (how == 0)
            elsewhere(deletes_it);
        else if (!deletes)
            VM_ContextDelete(context);
        CHECK_INT(freed, how);
        is_stale();
        CHECK_OK(VM_ContextLeave(context, &error));
        is_stale();
        CHECK_INT(freed, how);
        CHECK_OK(VM_ContextLeave(context, &error));
        CHECK_INT(freed, how + 1);
        CHECK_STATUS(VM_PreparedCallRun(prepared, &(VM_RawValue){ .i32 = 0 }, &error), VM_STATUS_STALE, "its context was deleted");
        VM_PreparedCallDelete(prepared);
    }
    VM_HostModuleDelete(host);
}

static VM_Context *entered;

static VM_Status VM_CALL prepare_and_enter(void *user, VM_Context *made, VM_Error **why)
{
    VM_Status status = prepare(user, made, why);
    entered = made;
    return status ? status : VM_ContextEnter(made, why);
}

static void pooled(void)
{
    VM_ContextPool *pool = NULL;
    NEED(VM_ContextPoolCreate(with.engine, NULL, 0, &pool, prepare, &with, NULL, &error));
    NEED(VM_ContextPoolTake(pool, &context, &error));
    CHECK_OK(VM_ContextEnter(context, &error));
    CHECK_STATUS(VM_ContextPoolReturn(pool, context, &error), VM_STATUS_BUSY, "the context is held by this thread; leave it (VM_ContextLeave)");
    CHECK_INT(VM_ContextPoolGetTakenCount(pool), 1);
    CHECK_OK(VM_ContextLeave(context, &error));
    CHECK_OK(VM_ContextPoolReturn(pool, context, &error));
    VM_ContextPoolDelete(pool);

    NEED(VM_ContextPoolCreate(with.engine, NULL, 0, &pool, prepare_and_enter, &with, NULL, &error));
    CHECK_STATUS(VM_ContextPoolTake(pool, &context, &error), VM_STATUS_BUSY, "as often as it was entered");
    CHECK_OK(VM_ContextLeave(entered, &error)); /* the pool has deleted it */
    VM_ContextPoolDelete(pool);
}

int main(void)
{
    new_preparation(&with);
    many_calls();
    deleted();
    pooled();
    delete_preparation(&with);
    return finish();
}
