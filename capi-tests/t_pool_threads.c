/* A pool that threads share: all of them take, use and return contexts, more than the pool has at times. */
#include "pools.h"
#include <pthread.h>
#include <sched.h>

enum { THREADS = 4, ROUNDS = 100, LIMIT = 3 };

static Preparation preparation;
static VM_ContextPool *pool;
static atomic_int refused;

static void *work(void *unused)
{
    for (int done = 0; done < ROUNDS;) {
        VM_Context *context = NULL;
        VM_Error *own = NULL;
        VM_Status status = VM_ContextPoolTake(pool, &context, &own);
        CHECK(status == VM_STATUS_OK || status == VM_STATUS_LIMIT);
        VM_ErrorDelete(own);
        if (status) {
            refused++;
            sched_yield();
            continue;
        }
        NEED(VM_ContextInstantiate(context, preparation.module, NULL, &error));
        CHECK_INT(run(context, "count", NO_VALUES), 1);
        CHECK_INT(run(context, "count", NO_VALUES), 2);
        /* Some are deleted, and some are returned with something registered. */
        if (done % 10 == 3) {
            VM_ContextDelete(context);
        } else {
            if (done % 10 == 7)
                NEED(VM_ContextSetPluginOption(context, "unknown", "key", "value", &error));
            CHECK_OK(VM_ContextPoolReturn(pool, context, &error));
        }
        done++;
    }
    forget_error();
    return unused;
}

int main(void)
{
    pthread_t threads[THREADS];
    new_preparation(&preparation);
    pool = new_pool(&preparation, LIMIT, prepare);
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_create(&threads[i], NULL, work, NULL) == 0);
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    CHECK_INT(VM_ContextPoolGetTakenCount(pool), 0);
    CHECK(VM_ContextPoolGetIdleCount(pool) <= LIMIT);
    CHECK(preparation.prepared >= THREADS * ROUNDS / 10 * 2 + 1);
    CHECK(preparation.prepared <= THREADS * ROUNDS / 10 * 2 + LIMIT);
    VM_ContextPoolDelete(pool);
    CHECK_INT(preparation.freed, 1);
    delete_preparation(&preparation);
    return finish();
}
