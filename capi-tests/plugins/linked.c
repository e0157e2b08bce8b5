/* A valid plug-in with all tables that a linker writes: thread-local data, constructors and destructors, relocated pointers. */
#define MARK "linked"
#define SIMPLE_NAME "linked"
#include "marked.h"
#include "simple.h"

extern int *const libvm_test_ends[];
static __thread int calls = 7;
static int numbers[10];
__attribute__((visibility("default"))) int *const libvm_test_ends[] = { numbers, numbers + 10 };

__attribute__((constructor)) static void opened(void)
{
    calls++;
    numbers[0] = calls;
}

__attribute__((destructor)) static void closed(void)
{
    numbers[0] = 0;
}

VM_PLUGIN("linked", "1.0.0", "Has one of each", modules);
