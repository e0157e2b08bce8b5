/* A fault on purpose, for `cargo xtask sanitize`: two threads change one configuration, which libvm leaves to its users. */
#include <libvm.h>
#include <pthread.h>
#include <stdio.h>

static void *change(void *config)
{
    for (uint64_t i = 0; i < 100000; i++)
        VM_ContextConfigSetMemoryLimit(config, i, NULL);
    return NULL;
}

int main(void)
{
    VM_ContextConfig *config = NULL;
    pthread_t thread;
    if (VM_ContextConfigCreate(&config, NULL) != VM_STATUS_OK || pthread_create(&thread, NULL, change, config) != 0)
        return 1;
    change(config);
    pthread_join(thread, NULL);
    VM_ContextConfigDelete(config);
    printf("two threads changed one configuration\n");
    return 0;
}
