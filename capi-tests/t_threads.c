/* Engines, modules and host modules are shared by threads; contexts move between them. */
#include "test.h"
#include <pthread.h>

enum { THREADS = 4, ROUNDS = 20 };

static VM_Engine *engine;
static VM_Module *module;
static VM_HostModule *host;
static atomic_int calls;

/* Each thread has a context of its own; its data is how often it was called. */
static VM_Status VM_CALL park(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    void *count = NULL;
    (void)args;
    CHECK_INT(VM_CallerGetContextData(caller, &count), VM_STATUS_OK);
    ++*(atomic_int *)user;
    results[0] = VM_ValueI32(++*(int *)count);
    return VM_STATUS_OK;
}

/* Loads, describes, validates, instantiates, calls and deletes, with objects that the other threads use too. */
static void *work(void *unused)
{
    for (int round = 0; round < ROUNDS; round++) {
        VM_Context *context = new_context(engine);
        VM_Module *own = load(engine, GUEST("everything"));
        int count = 0;
        CHECK_TEXT(VM_ModuleGetExport(module, 0)->name, "memory");
        CHECK_OK(VM_ContextSetData(context, &count, NULL, &error));
        CHECK_OK(VM_ContextRegisterModule(context, host, &error));
        CHECK_OK(VM_ContextInstantiate(context, round % 2 ? own : module, NULL, &error));
        VM_ModuleDelete(own);
        for (int i = 1; i <= 10; i++)
            CHECK_INT(run(context, "park", NO_VALUES), i);
        CHECK_STATUS(VM_HostModuleAddFunction(host, "late", "()", park, NULL, NULL, &error), VM_STATUS_SEALED,
                     "host module `host` is registered in a context and cannot be changed");
        VM_ContextDelete(context);
    }
    forget_error();
    return unused;
}

/* Contexts that go from one thread to the next: each thread uses them all, one thread at a time. */
static VM_Context *moving[3];
static VM_Instance instances[3];
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;

static void *use_all(void *unused)
{
    for (int i = 0; i < 100; i++) {
        VM_Context *context = moving[i % 3];
        uint64_t former = 9;
        VM_Memory memory;
        CHECK_INT(pthread_mutex_lock(&turn), 0);
        CHECK(run(context, "park", NO_VALUES) > 0);
        CHECK_OK(VM_InstanceFindMemory(context, latest(context), "memory", &memory, &error));
        CHECK_OK(VM_MemoryGrow(context, memory, 0, &former, &error));
        CHECK_INT(former, 1);
        CHECK_INT(pthread_mutex_unlock(&turn), 0);
    }
    forget_error();
    return unused;
}

/* Two threads use one context without synchronization: each call succeeds or is BUSY. */
static atomic_int got[2];

static void *contend(void *context)
{
    for (int i = 0; i < 2000; i++) {
        VM_Value result;
        VM_Error *own = NULL;
        VM_Status status = VM_ContextExecute(context, instances[0], "add", VALUES(VM_ValueI32(i), VM_ValueI32(1)), &result, 1, &own);
        CHECK(status == VM_STATUS_OK ? result.of.i32 == i + 1 && !own : status == VM_STATUS_BUSY && VM_ErrorIsRetryable(own));
        got[status == VM_STATUS_OK]++;
        VM_ErrorDelete(own);
    }
    return NULL;
}

static void on_threads(void *(*function)(void *), void *argument)
{
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        CHECK_INT(pthread_create(&threads[i], NULL, function, argument), 0);
    for (int i = 0; i < THREADS; i++)
        CHECK_INT(pthread_join(threads[i], NULL), 0);
}

/* Deletes on another thread than the one that made it. */
static void *delete_contexts(void *unused)
{
    for (int i = 0; i < 3; i++)
        VM_ContextDelete(moving[i]);
    return unused;
}

int main(void)
{
    int counts[3] = { 0 };
    pthread_t thread;
    atomic_int freed = 0;
    engine = new_engine();
    module = load(engine, GUEST("everything"));
    host = new_host("host");
    NEED(VM_HostModuleAddFunction(host, "park", "()i", park, &calls, NULL, &error));
    NEED(VM_HostModuleAddFunction(host, "unused", "()", park, &freed, count_free, &error));
    for (int i = 0; i < 3; i++) {
        moving[i] = new_context(engine);
        NEED(VM_ContextSetData(moving[i], &counts[i], NULL, &error));
        NEED(VM_ContextRegisterModule(moving[i], host, &error));
        NEED(VM_ContextInstantiate(moving[i], module, &instances[i], &error));
    }

    on_threads(work, NULL);
    CHECK_INT(calls, THREADS * ROUNDS * 10);
    on_threads(use_all, NULL);
    CHECK_INT(counts[0] + counts[1] + counts[2], THREADS * 100);
    on_threads(contend, moving[0]);
    CHECK_INT(got[0] + got[1], THREADS * 2000);
    CHECK(got[1] > 0);

    VM_HostModuleDelete(host);
    VM_ModuleDelete(module);
    VM_EngineDelete(engine);
    CHECK_INT(freed, 0);
    CHECK_INT(pthread_create(&thread, NULL, delete_contexts, NULL), 0);
    CHECK_INT(pthread_join(thread, NULL), 0);
    CHECK_INT(freed, 1);
    return finish();
}
