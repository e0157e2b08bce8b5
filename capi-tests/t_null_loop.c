/* NULL for event loops. */
#include "null.h"

static atomic_int freed;

static void VM_CALL watch(void *user, uint64_t id, VM_LoopEvents events)
{
    (void)user;
    (void)id;
    (void)events;
}

static void VM_CALL timer(void *user, uint64_t id)
{
    (void)user;
    (void)id;
}

static void VM_CALL post(void *user) { (void)user; }

int main(void)
{
    VM_PluginRegistry *registry = NULL;
    VM_Loop *loop = NULL, *other = NULL;
    const VM_LoopHost host = VM_LOOPHOST_INIT;
    IS_NULL(VM_LoopCreate(NULL, &error), "loop");
    NEED(VM_LoopCreate(&loop, NULL));
    NEED(VM_LoopCreate(&other, NULL));
    NEED(VM_PluginRegistryCreate(&registry, NULL));
    IS_NULL(VM_LoopCreateOnHost(NULL, &freed, count_free, &other, &error), "host");
    IS_NULL(VM_LoopCreateOnHost(&host, &freed, count_free, NULL, &error), "loop");
    CHECK_INT(freed, 2);
    IS_NULL(VM_LoopRunOnce(NULL, 0, &error), "loop");
    IS_NULL(VM_LoopReport(NULL, 0, 0, &error), "loop");
    CHECK_INT(VM_LoopGetHandle(NULL), -1);
    CHECK(VM_LoopGetTimeout(NULL) == UINT64_MAX);
    IS_NULL(VM_LoopWatch(NULL, 0, 0, watch, &freed, count_free, NULL, &error), "loop");
    IS_NULL(VM_LoopWatch(loop, 0, 0, NULL, &freed, count_free, NULL, &error), "callback");
    IS_NULL(VM_LoopModifyWatch(NULL, 1, 0, &error), "loop");
    IS_NULL(VM_LoopUnwatch(NULL, 1, &error), "loop");
    IS_NULL(VM_LoopStartTimer(NULL, 0, 0, timer, &freed, count_free, NULL, &error), "loop");
    IS_NULL(VM_LoopStartTimer(loop, 0, 0, NULL, &freed, count_free, NULL, &error), "callback");
    IS_NULL(VM_LoopCancelTimer(NULL, 1, &error), "loop");
    IS_NULL(VM_LoopPost(NULL, post, &freed, count_free, &error), "loop");
    IS_NULL(VM_LoopPost(loop, NULL, &freed, count_free, &error), "callback");
    CHECK_INT(freed, 8);
    IS_NULL(VM_PluginRegistrySetLoop(NULL, loop, &error), "registry");
    IS_NULL(VM_PluginRegistrySetLoop(registry, NULL, &error), "loop");
    CHECK_OK(VM_PluginRegistrySetLoop(registry, loop, &error));
    CHECK_OK(VM_PluginRegistrySetLoop(registry, loop, &error));
    CHECK_STATUS(VM_PluginRegistrySetLoop(registry, other, &error), VM_STATUS_SEALED, "the registry already has another event loop");
    VM_LoopDelete(NULL);
    VM_LoopDelete(loop);
    VM_LoopDelete(other);
    VM_PluginRegistryDelete(registry);
    return finish();
}
