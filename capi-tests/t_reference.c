/* References: host objects through a guest and back, functions called by reference, borrowing, retaining, releasing. */
#include "test.h"

static VM_Context *context;
static int object = 7;
static VM_Ref kept;

/* Returns its argument. */
static VM_Status VM_CALL echo(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    void *pointer = NULL;
    CHECK_INT(VM_CallerGetExternRef(caller, args[0].of.ref, &pointer), VM_STATUS_OK);
    CHECK(pointer == user);
    kept = args[0].of.ref;
    results[0] = args[0];
    return VM_STATUS_OK;
}

static VM_Status VM_CALL swap(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    void *pointer = NULL;
    (void)user;
    CHECK_INT(VM_CallerGetExternRef(caller, args[1].of.ref, &pointer), VM_STATUS_WRONG_TYPE);
    CHECK_INT(VM_CallerCallRef(caller, args[0].of.ref, NO_VALUES, NO_VALUES), VM_STATUS_WRONG_TYPE);
    results[0] = args[1];
    results[1] = args[0];
    return VM_STATUS_OK;
}

/* Calls the function that is its argument, with wrong and right arguments. */
static VM_Status VM_CALL apply(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)user;
    if (args[0].of.ref.context == 0)
        return VM_CallerCallRef(caller, args[0].of.ref, &args[1], 1, results, 1);
    VM_Ref foreign = args[0].of.ref;
    foreign.context++;
    CHECK_INT(VM_CallerCallRef(caller, foreign, &args[1], 1, results, 1), VM_STATUS_WRONG_CONTEXT);
    CHECK_INT(VM_CallerCallRef(caller, args[0].of.ref, NO_VALUES, results, 1), VM_STATUS_WRONG_COUNT);
    CHECK_INT(VM_CallerRetainRef(caller, args[0].of.ref), VM_STATUS_OK);
    kept = args[0].of.ref;
    return VM_CallerCallRef(caller, args[0].of.ref, &args[1], 1, results, 1);
}

/* Creates objects: the first reference is retained, the second borrowed, the third released too early. */
static VM_Status VM_CALL make(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    VM_Ref *refs = user;
    (void)args;
    for (int i = 0; i < 3; i++)
        CHECK_INT(VM_CallerCreateExternRef(caller, &object, NULL, &refs[i]), VM_STATUS_OK);
    CHECK_INT(VM_CallerRetainRef(caller, refs[0]), VM_STATUS_OK);
    CHECK_INT(VM_CallerReleaseRef(caller, refs[2]), VM_STATUS_OK);
    CHECK_INT(VM_CallerReleaseRef(caller, refs[2]), VM_STATUS_STALE);
    CHECK_INT(VM_CallerReleaseRef(caller, VM_RefNull()), VM_STATUS_OK);
    results[0] = VM_ValueI32(1);
    return VM_STATUS_OK;
}

static bool release_early;

static VM_Status VM_CALL give(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    VM_Ref ref;
    (void)args;
    CHECK_INT(VM_CallerCreateExternRef(caller, user, count_free, &ref), VM_STATUS_OK);
    if (release_early)
        CHECK_INT(VM_CallerReleaseRef(caller, ref), VM_STATUS_OK);
    results[0] = VM_ValueExternRef(ref);
    return VM_STATUS_OK;
}

static void *pointer_of(VM_Ref ref)
{
    void *pointer = NULL;
    CHECK_OK(VM_RefGetExtern(context, ref, &pointer, &error));
    return pointer;
}

static bool is_stale(VM_Ref ref)
{
    void *pointer = &object;
    VM_Status status = VM_RefGetExtern(context, ref, &pointer, NULL);
    CHECK(status == VM_STATUS_STALE || status == VM_STATUS_OK);
    return status == VM_STATUS_STALE && pointer == &object;
}

static void objects_through_a_guest(void)
{
    VM_Ref ref;
    VM_Value results[2];
    VM_Func twice;
    NEED(VM_RefCreateExtern(context, &object, NULL, &ref, &error));
    CHECK_OK(VM_ContextExecute(context, latest(context), "echo", VALUES(VM_ValueExternRef(ref)), results, 1, &error));
    CHECK(pointer_of(results[0].of.ref) == &object);
    CHECK(is_stale(kept)); /* it was lent to the callback only */
    VM_RefRelease(results[0].of.ref);

    CHECK_OK(VM_ContextExecute(context, latest(context), "keep", VALUES(VM_ValueExternRef(ref)), results, 1, &error));
    VM_RefRelease(results[0].of.ref);
    CHECK_OK(VM_RefRetain(context, ref, &error));
    VM_RefRelease(ref);
    CHECK(pointer_of(ref) == &object);
    VM_RefRelease(ref);
    CHECK(is_stale(ref));
    VM_RefRelease(ref); /* once too often: nothing happens */
    CHECK_OK(VM_ContextExecute(context, latest(context), "kept", NO_VALUES, results, 1, &error)); /* the guest has it still */
    CHECK(pointer_of(results[0].of.ref) == &object);
    ref = results[0].of.ref;

    NEED(VM_InstanceFindFunction(context, latest(context), "double", &twice, &error));
    CHECK_OK(VM_ContextExecute(context, latest(context), "swap", VALUES(VM_ValueExternRef(ref), VM_ValueFuncRef(VM_FuncToRef(twice))),
                               results, 2, &error));
    CHECK(pointer_of(results[1].of.ref) == &object);
    VM_Value eight;
    CHECK_OK(VM_FuncCall(context, VM_FuncFromRef(results[0].of.ref), VALUES(VM_ValueI32(4)), &eight, 1, &error));
    CHECK_INT(eight.of.i32, 8);
    VM_RefRelease(results[0].of.ref);
    VM_RefRelease(results[1].of.ref);
    VM_RefRelease(ref);
}

static void functions_called_back(void)
{
    VM_Value result;
    CHECK_INT(run(context, "apply", VALUES(VM_ValueI32(21))), 42);
    /* It was retained: it outlives the callback. */
    CHECK_OK(VM_FuncCall(context, VM_FuncFromRef(kept), VALUES(VM_ValueI32(5)), &result, 1, &error));
    CHECK_INT(result.of.i32, 10);
    VM_RefRelease(kept);
    CHECK_STATUS(VM_FuncCall(context, VM_FuncFromRef(kept), VALUES(VM_ValueI32(5)), &result, 1, &error), VM_STATUS_STALE, NULL);
    CHECK_STATUS(VM_ContextExecute(context, latest(context), "apply_null", NO_VALUES, &result, 1, &error), VM_STATUS_NULL_ARGUMENT,
                 "the handle or reference is null");
}

static void lent_and_kept(VM_Ref *made)
{
    VM_Ref first, second;
    for (int i = 0; i < 3; i++) {
        CHECK_INT(run(context, "make", NO_VALUES), 1);
        CHECK(pointer_of(made[0]) == &object);
        CHECK(is_stale(made[1]) && is_stale(made[2]));
        VM_RefRelease(made[0]);
        /* Each new reference has a place of its own. */
        NEED(VM_RefCreateExtern(context, &first, NULL, &first, &error));
        NEED(VM_RefCreateExtern(context, &second, NULL, &second, &error));
        CHECK(pointer_of(first) == &first && pointer_of(second) == &second);
        VM_RefRelease(first);
        VM_RefRelease(second);
        CHECK(first.slot < 100); /* places are used again */
    }
    for (int i = 0; i < 200; i++) {
        CHECK_INT(run(context, "make", NO_VALUES), 1);
        VM_RefRelease(made[0]);
    }
    CHECK(made[0].slot < 100);
}

int main(void)
{
    VM_Engine *engine = new_engine();
    VM_HostModule *host = new_host("host");
    VM_Ref made[3];
    VM_Value result;
    atomic_int freed = 0;
    context = new_context(engine);
    NEED(VM_HostModuleAddFunction(host, "echo", "(r)r", echo, &object, NULL, &error));
    NEED(VM_HostModuleAddFunction(host, "swap", "(rc)cr", swap, NULL, NULL, &error));
    NEED(VM_HostModuleAddFunction(host, "apply", "(ci)i", apply, NULL, NULL, &error));
    NEED(VM_HostModuleAddFunction(host, "make", "()i", make, made, NULL, &error));
    NEED(VM_HostModuleAddFunction(host, "give", "()r", give, &freed, NULL, &error));
    NEED(VM_ContextRegisterModule(context, host, &error));
    instantiate(engine, context, GUEST("references"));
    VM_HostModuleDelete(host);

    objects_through_a_guest();
    functions_called_back();
    lent_and_kept(made);
    /* The context owns the object, whatever becomes of the references. */
    CHECK_OK(VM_ContextExecute(context, latest(context), "give", NO_VALUES, &result, 1, &error));
    CHECK(pointer_of(result.of.ref) == &freed);
    VM_RefRelease(result.of.ref);
    release_early = true;
    CHECK_STATUS(VM_ContextExecute(context, latest(context), "give", NO_VALUES, &result, 1, &error), VM_STATUS_STALE,
                 "result 1 of host function `host.give`: the handle is stale");
    release_early = false;
    CHECK_OK(VM_ContextExecute(context, latest(context), "give", NO_VALUES, &result, 1, &error));
    CHECK_INT(freed, 0);
    VM_ContextDelete(context);
    CHECK_INT(freed, 3);
    VM_EngineDelete(engine);
    return finish();
}
