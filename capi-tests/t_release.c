/* VM_RefRelease in callbacks, in free functions, on other threads while the context runs, and after its deletion. */
#include "test.h"
#include <pthread.h>

enum { THREADS = 4, ROUNDS = 3000, WAITING = 64 };

static VM_Engine *engine;
static VM_Context *context;
static VM_Ref kept;

/* References for the threads to release. */
static VM_Ref waiting[WAITING];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static atomic_int count;
static atomic_bool ended;

static bool is_stale(VM_Ref ref)
{
    void *pointer = NULL;
    VM_Status status = VM_RefGetExtern(context, ref, &pointer, NULL);
    CHECK(status == VM_STATUS_STALE || status == VM_STATUS_OK);
    return status == VM_STATUS_STALE;
}

static VM_Ref create(void *object)
{
    VM_Ref ref;
    NEED(VM_RefCreateExtern(context, object, NULL, &ref, &error));
    return ref;
}

/* Makes a reference that outlives the callback, and releases one of before. */
static VM_Status VM_CALL park(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    VM_Ref ref;
    void *pointer;
    (void)user;
    (void)args;
    VM_RefRelease(kept);
    CHECK_INT(VM_CallerGetExternRef(caller, kept, &pointer), VM_STATUS_STALE);
    CHECK_INT(VM_CallerCreateExternRef(caller, &kept, NULL, &ref), VM_STATUS_OK);
    CHECK_INT(VM_CallerRetainRef(caller, ref), VM_STATUS_OK);
    kept = ref;
    results[0] = VM_ValueI32((int32_t)ref.slot);
    return VM_STATUS_OK;
}

static void in_a_callback(void)
{
    kept = create(NULL);
    for (int i = 0; i < 1000; i++)
        CHECK(run(context, "park", NO_VALUES) < 100); /* the slots are used again */
    CHECK(!is_stale(kept));
    VM_RefRelease(kept);
    CHECK(is_stale(kept));
}

/* A free function that runs during reset or deletion releases references. */
static void VM_CALL free_and_release(void *object)
{
    VM_RefRelease(*(VM_Ref *)object);
    ++count;
}

static void in_a_free_function(void)
{
    VM_Ref inner = create(NULL), outer;
    VM_Context *other = new_context(engine);
    count = 0;
    NEED(VM_RefCreateExtern(context, &inner, free_and_release, &outer, &error));
    CHECK_OK(VM_ContextReset(context, &error));
    CHECK_INT(count, 1);
    CHECK(is_stale(inner) && is_stale(outer));
    inner = create(NULL);
    NEED(VM_RefCreateExtern(other, &inner, free_and_release, &outer, &error));
    VM_ContextDelete(other);
    CHECK_INT(count, 2);
    CHECK(is_stale(inner));
    VM_RefRelease(outer); /* the context is gone: nothing happens */
}

static void *release_all(void *unused)
{
    while (!ended) {
        VM_Ref ref = VM_RefNull();
        pthread_mutex_lock(&lock);
        if (count > 0)
            ref = waiting[--count];
        pthread_mutex_unlock(&lock);
        VM_RefRelease(ref);
        if (ref.slot % 16 == 0)
            VM_RefRelease(ref); /* once too often */
    }
    return unused;
}

/* While one thread runs the context, and creates references, others release them. */
static void by_other_threads(void)
{
    pthread_t threads[THREADS];
    VM_Ref mine[WAITING], last;
    int handed = 0;
    count = 0;
    kept = create(NULL);
    for (int i = 0; i < THREADS; i++)
        CHECK_INT(pthread_create(&threads[i], NULL, release_all, NULL), 0);
    for (int i = 0; i < ROUNDS; i++) {
        VM_Ref ref = create(&threads), own = create(&mine);
        void *pointer = NULL;
        pthread_mutex_lock(&lock);
        if (count < WAITING) {
            mine[handed++ % WAITING] = waiting[count++] = ref;
            ref = VM_RefNull();
        }
        pthread_mutex_unlock(&lock);
        run(context, "park", NO_VALUES);
        /* Other references are unchanged. */
        CHECK_OK(VM_RefGetExtern(context, own, &pointer, &error));
        CHECK(pointer == &mine);
        VM_RefRelease(own);
        VM_RefRelease(ref);
    }
    while (count > 0)
        run(context, "park", NO_VALUES);
    ended = true;
    for (int i = 0; i < THREADS; i++)
        CHECK_INT(pthread_join(threads[i], NULL), 0);
    for (int i = 0; i < handed && i < WAITING; i++)
        CHECK(is_stale(mine[i]));
    last = create(NULL);
    CHECK(last.slot < 1000);
}

int main(void)
{
    VM_HostModule *host = new_host("host");
    engine = new_engine();
    context = new_context(engine);
    NEED(VM_HostModuleAddFunction(host, "park", "()i", park, NULL, NULL, &error));
    NEED(VM_ContextRegisterModule(context, host, &error));
    VM_HostModuleDelete(host);
    instantiate(engine, context, GUEST("everything"));
    in_a_callback();
    in_a_free_function();
    instantiate(engine, context, GUEST("everything"));
    by_other_threads();
    VM_ContextDelete(context);
    VM_RefRelease(kept);
    VM_EngineDelete(engine);
    return finish();
}
