/* Plug-ins and the event loop: timers, watches and posts of instances, what a plug-in leaves, and a registry without a loop. */
#include "plugin_files.h"
#include <pthread.h>

static VM_Engine *engine;
static VM_Loop *loop;

/* Compares the marks since the last call. */
static void check_marks(const char *expected)
{
    char found[256] = "";
    FILE *file = fopen(in_scratch("marks").text, "r");
    if (file) {
        found[fread(found, 1, sizeof found - 1, file)] = '\0';
        fclose(file);
        remove(in_scratch("marks").text);
    }
    CHECK_TEXT(found, expected);
}

static VM_PluginRegistry *registry_with(VM_Loop *used, const char *plugin)
{
    VM_PluginRegistry *registry = NULL;
    NEED(VM_PluginRegistryCreate(&registry, &error));
    if (used)
        NEED(VM_PluginRegistrySetLoop(registry, used, &error));
    NEED(VM_PluginLoadFromPath(registry, plugin_file(plugin).text, NULL, &error));
    return registry;
}

static VM_Context *guest_of(VM_PluginRegistry *registry)
{
    VM_Context *context = new_context(engine);
    NEED(VM_ContextRegisterPlugins(context, registry, &error));
    instantiate(engine, context, GUEST("looper"));
    return context;
}

#define START(context, first, repeat) run(context, "start", VALUES(VM_ValueI32(first), VM_ValueI32(repeat)))

/* Runs rounds until the instance has counted so much. */
static void until(VM_Context *context, int32_t count)
{
    for (int i = 0; i < 10000 && run(context, "count", NO_VALUES) < count; i++)
        NEED(VM_LoopRunOnce(loop, 100, &error));
    CHECK_INT(run(context, "count", NO_VALUES), count);
}

static void without_a_loop(void)
{
    VM_PluginRegistry *registry = registry_with(NULL, "looper");
    VM_Context *context = guest_of(registry);
    check_marks("freed unsupported ");
    CHECK_INT(START(context, 0, 0), VM_STATUS_UNSUPPORTED);
    CHECK_INT(run(context, "post", NO_VALUES), VM_STATUS_UNSUPPORTED);
    /* A loop that comes later is there for what comes later. */
    CHECK_OK(VM_PluginRegistrySetLoop(registry, loop, &error));
    CHECK_INT(START(context, 0, 0), VM_STATUS_OK);
    until(context, 1);
    VM_ContextDelete(context);
    VM_PluginRegistryDelete(registry);
    check_marks("ended cleanup ");
    SURE(setenv("LIBVM_TEST_NEED_LOOP", "1", 1) == 0);
    NEED(VM_PluginRegistryCreate(&registry, &error));
    CHECK_STATUS(VM_PluginLoadFromPath(registry, plugin_file("looper").text, NULL, &error), VM_STATUS_PLUGIN_INITIALIZE,
                 "the host has no event loop for plug-ins; set one with VM_PluginRegistrySetLoop");
    SURE(unsetenv("LIBVM_TEST_NEED_LOOP") == 0);
    VM_PluginRegistryDelete(registry);
}

static void calls(const char *plugin)
{
    VM_PluginRegistry *registry = registry_with(loop, plugin);
    VM_Context *context = guest_of(registry);
    int pipes[2];
    SURE(pipe(pipes) == 0 && write(pipes[1], "x", 1) == 1);
    CHECK_INT(START(context, 0, 0), VM_STATUS_OK);
    CHECK_INT(run(context, "count", NO_VALUES), 0); /* not inside of the call */
    until(context, 1);
    CHECK_INT(run(context, "cancel", NO_VALUES), VM_STATUS_STALE);
    CHECK_INT(run(context, "post", NO_VALUES), VM_STATUS_OK);
    until(context, 11);
    CHECK_INT(run(context, "watch", VALUES(VM_ValueI32(pipes[0]))), VM_STATUS_OK);
    CHECK_OK(VM_LoopRunOnce(loop, 1000, &error));
    CHECK_INT(run(context, "unwatch", NO_VALUES), VM_STATUS_OK);
    CHECK_INT(run(context, "unwatch", NO_VALUES), VM_STATUS_STALE);
    until(context, 111);
    CHECK_INT(run(context, "watch", VALUES(VM_ValueI32(-1))), VM_STATUS_INVALID_ARGUMENT);
    CHECK_INT(START(context, 1, 1), VM_STATUS_OK);
    until(context, 113);
    CHECK_INT(run(context, "cancel", NO_VALUES), VM_STATUS_OK);
    CHECK_OK(VM_LoopRunOnce(loop, 3, &error));
    CHECK_INT(run(context, "count", NO_VALUES), 113);
    VM_ContextDelete(context);
    check_marks("");
    VM_PluginRegistryDelete(registry); /* two timers were left; the library is closed */
    check_marks("freed freed ended cleanup ");
    close(pipes[0]);
    close(pipes[1]);
    CHECK_OK(VM_LoopRunOnce(loop, 0, &error));
}

/* The host deletes the loop before the registry. */
static void deleted_loop(void)
{
    VM_Loop *own = NULL;
    VM_PluginRegistry *registry;
    VM_Context *context;
    NEED(VM_LoopCreate(&own, &error));
    registry = registry_with(own, "looper");
    context = guest_of(registry);
    CHECK_INT(START(context, 0, 5), VM_STATUS_OK);
    VM_LoopDelete(own);
    check_marks("freed freed ");
    CHECK_INT(START(context, 0, 0), VM_STATUS_STALE);
    CHECK_INT(run(context, "cancel", NO_VALUES), VM_STATUS_STALE);
    VM_PluginRegistryDelete(registry);
    VM_ContextDelete(context);
    check_marks("ended cleanup ");
}

enum { ROUNDS = 100 };

static atomic_bool done;

/* Creates and deletes instances, whose timers run on the loop's thread meanwhile. */
static void *work(void *registry)
{
    for (int i = 0; i < ROUNDS; i++) {
        VM_Context *context = guest_of(registry);
        CHECK_INT(START(context, 0, 1), VM_STATUS_OK);
        while (i % 10 == 0 && run(context, "count", NO_VALUES) == 0)
            continue;
        VM_ContextDelete(context);
    }
    VM_PluginRegistryDelete(registry);
    done = true;
    forget_error();
    return NULL;
}

static void threads(const char *plugin)
{
    pthread_t thread;
    done = false;
    SURE(pthread_create(&thread, NULL, work, registry_with(loop, plugin)) == 0);
    while (!done)
        NEED(VM_LoopRunOnce(loop, 1, &error));
    pthread_join(thread, NULL);
    check_marks("freed freed ended cleanup ");
}

int main(void)
{
    make_scratch();
    engine = new_engine();
    NEED(VM_LoopCreate(&loop, &error));
    without_a_loop();
    calls("looper");
    calls("looper_serialized");
    deleted_loop();
    threads("looper");
    threads("looper_serialized");
    VM_LoopDelete(loop);
    VM_EngineDelete(engine);
    return finish();
}
