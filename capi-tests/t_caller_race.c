/* Another thread uses a VM_Caller while contexts with its host function are created, run and deleted: it is always refused. */
#include "test.h"
#include <pthread.h>

enum { CONTEXTS = 100, CALLS = 20, THREADS = 2 };

static _Atomic(VM_Caller *) shown;
static atomic_bool done;
static atomic_int refused;

/* Calls on the thread of the callback succeed meanwhile. */
static VM_Status VM_CALL show(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    uint64_t size = 0;
    (void)user;
    (void)args;
    shown = caller;
    CHECK_INT(VM_CallerGetMemorySize(caller, &size), VM_STATUS_OK);
    CHECK_INT(size, 65536);
    results[0] = VM_ValueI32(7);
    return VM_STATUS_OK;
}

static void *intrude(void *unused)
{
    while (!done) {
        VM_Caller *caller = shown;
        uint64_t size = 9;
        char byte = 1;
        VM_Status asked, wrote;
        if (!caller)
            continue;
        asked = VM_CallerGetMemorySize(caller, &size);
        wrote = VM_CallerWriteMemory(caller, 0, &byte, 1);
        CHECK(asked == VM_STATUS_STALE || asked == VM_STATUS_WRONG_THREAD);
        CHECK(wrote == VM_STATUS_STALE || wrote == VM_STATUS_WRONG_THREAD);
        CHECK_INT(size, 9);
        refused++;
    }
    return unused;
}

int main(void)
{
    VM_Engine *engine = new_engine();
    VM_Module *module = load(engine, GUEST("everything"));
    VM_HostModule *host = new_host("host");
    pthread_t threads[THREADS];
    NEED(VM_HostModuleAddFunction(host, "park", "()i", show, NULL, NULL, &error));
    NEED(VM_HostModuleAddFunction(host, "unused", "()", show, NULL, NULL, &error));
    for (int i = 0; i < THREADS; i++)
        CHECK_INT(pthread_create(&threads[i], NULL, intrude, NULL), 0);
    for (int i = 0; i < CONTEXTS || refused < 100; i++) {
        VM_Context *context = new_context(engine);
        NEED(VM_ContextRegisterModule(context, host, &error));
        NEED(VM_ContextInstantiate(context, module, NULL, &error));
        for (int call = 0; call < CALLS; call++)
            CHECK_INT(run(context, "park", NO_VALUES), 7);
        VM_ContextDelete(context);
    }
    done = true;
    for (int i = 0; i < THREADS; i++)
        CHECK_INT(pthread_join(threads[i], NULL), 0);
    VM_HostModuleDelete(host);
    VM_ModuleDelete(module);
    VM_EngineDelete(engine);
    return finish();
}
