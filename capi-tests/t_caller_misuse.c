/* A VM_Caller used after its call, on another thread, or while its callback calls the guest. */
#include "test.h"
#include <pthread.h>

static VM_Caller *kept;
static atomic_int freed;

/* Every function of a caller returns the status, and changes nothing. */
static void all_refuse(VM_Caller *caller, VM_Status status)
{
    uint64_t size = 5;
    char byte = 'b';
    VM_Buffer span = { NULL, 5 };
    VM_Value result = VM_ValueI32(5);
    VM_Ref ref = VM_RefNull();
    void *pointer = &size;
    const char *text = NULL;
    VM_Error *failure = NULL;
    int before = freed;
    CHECK_INT(VM_CallerTrap(caller, "text"), status);
    CHECK_INT(VM_CallerGetMemorySize(caller, &size), status);
    CHECK_INT(VM_CallerReadMemory(caller, 0, &byte, 1), status);
    CHECK_INT(VM_CallerWriteMemory(caller, 0, &byte, 1), status);
    CHECK_INT(VM_CallerGetMemorySpan(caller, 0, 1, &span), status);
    CHECK_INT(VM_CallerCall(caller, "inner", NO_VALUES, &result, 1), status);
    CHECK_INT(VM_CallerCallRef(caller, ref, NO_VALUES, &result, 1), status);
    CHECK_INT(VM_CallerGetContextData(caller, &pointer), status);
    CHECK_INT(VM_CallerCreateExternRef(caller, &freed, count_free, &ref), status);
    CHECK_INT(VM_CallerGetExternRef(caller, ref, &pointer), status);
    CHECK_INT(VM_CallerRetainRef(caller, ref), status);
    CHECK_INT(VM_CallerReleaseRef(caller, ref), status);
    CHECK_INT(VM_CallerGetSignature(caller, ref, &text), status);
    CHECK_INT(VM_CallerGetErrorMessage(caller, &text), status);
    CHECK_INT(VM_ErrorCreateFromCaller(caller, &failure), status);
    CHECK(text == NULL && failure == NULL);
    CHECK(size == 5 && byte == 'b' && span.data == NULL && span.size == 5 && pointer == &size && ref.context == 0);
    CHECK_INT(result.of.i32, 5);
    CHECK_INT(freed, before + 1);
}

static void *on_another_thread(void *caller)
{
    all_refuse(caller, VM_STATUS_WRONG_THREAD);
    return NULL;
}

static VM_Status VM_CALL outer(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    pthread_t thread;
    (void)user;
    (void)args;
    kept = caller;
    CHECK_INT(pthread_create(&thread, NULL, on_another_thread, caller), 0);
    CHECK_INT(pthread_join(thread, NULL), 0);
    CHECK_INT(VM_CallerCall(caller, "inner", NO_VALUES, results, 1), VM_STATUS_OK);
    CHECK_INT(results[0].of.i32, 3);
    return VM_CallerWriteMemory(caller, 0, "x", 1);
}

/* `kept` is the outer call's: while the guest runs again it is of no use; this call's own is. */
static VM_Status VM_CALL inner(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    uint64_t size = 0;
    (void)user;
    (void)args;
    CHECK(caller != kept && caller->id != kept->id);
    all_refuse(kept, VM_STATUS_REENTRANT);
    CHECK_INT(VM_CallerGetMemorySize(caller, &size), VM_STATUS_OK);
    CHECK_INT(size, 65536);
    results[0] = VM_ValueI32(3);
    return VM_STATUS_OK;
}

static void *run_on_a_thread(void *context)
{
    CHECK_INT(run(context, "outer", NO_VALUES), 3);
    forget_error();
    return NULL;
}

int main(void)
{
    VM_Engine *engine = new_engine();
    VM_Context *context = new_context(engine);
    VM_HostModule *host = new_host("host");
    pthread_t thread;
    NEED(VM_HostModuleAddFunction(host, "outer", "()i", outer, NULL, NULL, &error));
    NEED(VM_HostModuleAddFunction(host, "inner", "()i", inner, NULL, NULL, &error));
    NEED(VM_ContextRegisterModule(context, host, &error));
    instantiate(engine, context, GUEST("misuse"));

    for (int i = 0; i < 3; i++) {
        CHECK_INT(run(context, "outer", NO_VALUES), 3);
        CHECK_INT(kept->id, 0);
        all_refuse(kept, VM_STATUS_STALE);
    }
    CHECK_INT(pthread_create(&thread, NULL, run_on_a_thread, context), 0);
    CHECK_INT(pthread_join(thread, NULL), 0);
    all_refuse(kept, VM_STATUS_STALE);

    VM_ContextDelete(context);
    VM_HostModuleDelete(host);
    VM_EngineDelete(engine);
    all_refuse(kept, VM_STATUS_STALE);
    all_refuse(NULL, VM_STATUS_NULL_ARGUMENT);
    return finish();
}
