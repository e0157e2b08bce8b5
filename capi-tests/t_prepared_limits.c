/* Prepared calls have the limits of all calls, also in a context that was entered: time, fuel, the stack, and the life of their function. */
#include "executions.h"
#include <pthread.h>

static VM_Context *context;

static VM_PreparedCall *prepare(const char *name, const char *signature)
{
    VM_PreparedCall *prepared = NULL;
    VM_Func func;
    NEED(VM_InstanceFindFunction(context, latest(context), name, &func, &error));
    NEED(VM_PreparedCallCreate(context, func, signature, &prepared, &error));
    return prepared;
}

static void with_guest(VM_Engine *its, const char *guest)
{
    context = new_context(its);
    NEED(VM_ContextRegisterModule(context, host, &error));
    instantiate(its, context, guest);
}

static void limited(bool fuel, bool entered)
{
    engine = new_engine_with(!fuel, fuel);
    with_guest(engine, GUEST("executions"));
    VM_PreparedCall *spin = prepare("spin", "()"), *add = prepare("add", "(ii)i");
    VM_RawValue values[2];
    uint64_t number;
    if (fuel)
        NEED(VM_ContextSetFuel(context, 100000, &error));
    if (entered)
        NEED(VM_ContextEnter(context, &error));
    values[0].i32 = 3;
    values[1].i32 = 4;
    CHECK_OK(VM_PreparedCallRun(add, values, &error));
    CHECK_INT(values[0].i32, 7);
    if (!fuel) {
        NEED(VM_ContextSetTimeout(context, 20, &error));
        CHECK_STATUS(VM_PreparedCallRun(spin, NULL, &error), VM_STATUS_TIMEOUT, "its timeout of 20 ms");
        NEED(VM_ContextSetTimeout(context, 0, &error));
        CHECK_OK(VM_ContextGetCancelId(context, &number, &error));
        CHECK_OK(VM_Cancel(number, &error));
        CHECK_STATUS(VM_PreparedCallRun(spin, NULL, &error), VM_STATUS_CANCELLED, NULL);
    } else {
        CHECK_STATUS(VM_PreparedCallRun(spin, NULL, &error), VM_STATUS_OUT_OF_FUEL, NULL);
        CHECK_STATUS(VM_PreparedCallRun(spin, NULL, &error), VM_STATUS_OUT_OF_FUEL, NULL);
    }
    if (entered)
        NEED(VM_ContextLeave(context, &error));
    VM_PreparedCallDelete(spin);
    VM_PreparedCallDelete(add);
    VM_ContextDelete(context);
    VM_EngineDelete(engine);
}

/* On a thread with a small stack, a guest that recurses for ever is stopped before it has used that up. */
static void *recurse(void *unused)
{
    VM_PreparedCall *wide = prepare("wide", "(i)i");
    VM_RawValue value = { .i32 = 100000000 };
    CHECK_STATUS(VM_PreparedCallRun(wide, &value, &error), VM_STATUS_TRAP, NULL);
    CHECK_INT(VM_ErrorGetTrapCode(error), VM_TRAP_STACK_OVERFLOW);
    value.i32 = 50;
    CHECK_OK(VM_PreparedCallRun(wide, &value, &error));
    CHECK_INT(value.i32, 50);
    VM_PreparedCallDelete(wide);
    forget_error();
    return unused;
}

static void on_a_small_stack(void)
{
    pthread_attr_t small;
    pthread_t thread;
    engine = new_engine();
    with_guest(engine, GUEST("deep"));
    CHECK_INT(pthread_attr_init(&small), 0);
    CHECK_INT(pthread_attr_setstacksize(&small, 256 << 10), 0);
    CHECK_INT(pthread_create(&thread, &small, recurse, NULL), 0);
    CHECK_INT(pthread_join(thread, NULL), 0);
    pthread_attr_destroy(&small);
    VM_ContextDelete(context);
}

/* A handle that gets its place in the table does not make a prepared call valid again; one that is deleted lets go of its function. */
static void life_time(void)
{
    VM_RawValue value = { .i32 = 50 };
    VM_Value result, argument = VM_ValueI32(50);
    VM_Func func;
    with_guest(engine, GUEST("deep"));
    VM_PreparedCall *thin = prepare("thin", "(i)i"), *wide = prepare("wide", "(i)i");
    CHECK_OK(VM_PreparedCallRun(thin, &value, &error));
    VM_PreparedCallDelete(wide);
    CHECK_OK(VM_ContextReset(context, &error));
    instantiate(engine, context, GUEST("deep"));
    wide = prepare("wide", "(i)i");
    NEED(VM_InstanceFindFunction(context, latest(context), "thin", &func, &error));
    CHECK_STATUS(VM_PreparedCallRun(thin, &value, &error), VM_STATUS_STALE, NULL);
    VM_PreparedCallDelete(thin);

    NEED(VM_InstanceFindFunction(context, latest(context), "wide", &func, &error));
    CHECK_OK(VM_ContextRemoveInstance(context, latest(context), &error));
    CHECK_OK(VM_FuncCall(context, func, &argument, 1, &result, 1, &error));
    VM_PreparedCallDelete(wide);
    CHECK_STATUS(VM_FuncCall(context, func, &argument, 1, &result, 1, &error), VM_STATUS_STALE, NULL);
    VM_ContextDelete(context);
    VM_EngineDelete(engine);
}

int main(void)
{
    make_host();
    for (int fuel = 0; fuel < 2; fuel++)
        for (int entered = 0; entered < 2; entered++)
            limited(fuel, entered);
    on_a_small_stack();
    life_time();
    VM_HostModuleDelete(host);
    return finish();
}
