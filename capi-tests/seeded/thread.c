/* A fault on purpose, for `cargo xtask sanitize`: two threads change one configuration, which libvm leaves to its users. */
#include <libvm.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>

enum { TURNS = 100 };

static VM_ContextConfig *config;
static atomic_int turn;

/* One after the other, so that what the other did is not long ago, and relaxed, so that nothing says so but the clock. */
static void *change(void *odd)
{
    for (int i = odd ? 1 : 0; i < TURNS; i += 2) {
        while (atomic_load_explicit(&turn, memory_order_relaxed) != i)
            sched_yield();
        VM_ContextConfigSetMemoryLimit(config, (uint64_t)i, NULL);
        atomic_store_explicit(&turn, i + 1, memory_order_relaxed);
    }
    return NULL;
}

int main(void)
{
    pthread_t thread;
    if (VM_ContextConfigCreate(&config, NULL) != VM_STATUS_OK || pthread_create(&thread, NULL, change, &turn) != 0)
        return 1;
    change(NULL);
    pthread_join(thread, NULL);
    VM_ContextConfigDelete(config);
    printf("two threads changed one configuration\n");
    return 0;
}
