/* Plug-ins in C++ alone: a presence that is used when its instance is destroyed, descriptions that are wrong, a library that is closed. */
#include "plugin_log.h"
#include <time.h>

static VM_Engine *engine;
static VM_PluginRegistry *registry;
static atomic_bool inside, leave, deleted;

static void wait_ms(int ms)
{
    struct timespec time = { 0, ms * 1000000L };
    nanosleep(&time, NULL);
}

static VM_Context *kept_context(void)
{
    VM_Context *context = new_context(engine);
    NEED(VM_ContextGrantPermission(context, "kept", "kept:it", &error));
    NEED(VM_ContextRegisterPlugins(context, registry, &error));
    instantiate(engine, context, GUEST("kept"));
    return context;
}

static void call(VM_Context *context, const char *name) { NEED(VM_ContextExecute(context, latest(context), name, NO_VALUES, NULL, 0, &error)); }

static VM_Status call_for(VM_Context *context, const char *name, VM_Value *result)
{
    return VM_ContextExecute(context, latest(context), name, NO_VALUES, result, 1, &error);
}

static void used_after_its_instance(void)
{
    VM_Context *first = kept_context(), *second = kept_context();
    VM_Value result;
    CHECK_OK(call_for(second, "count", &result));
    CHECK_OK(call_for(second, "count", &result));
    CHECK_INT(result.of.i64, 2);
    CHECK_INT(run(second, "permits", NO_VALUES), 1);
    CHECK(run(second, "directory", NO_VALUES) > 1);
    call(second, "log");
    CHECK_SAID("kept by the first; ");
    VM_ContextDelete(first);
    CHECK_STATUS(call_for(second, "count", &result), VM_STATUS_STALE, "the instance of the plug-in was destroyed");
    CHECK_STATUS(call_for(second, "directory", &result), VM_STATUS_STALE, "the instance of the plug-in was destroyed");
    CHECK_INT(run(second, "permits", NO_VALUES), 0);
    call(second, "log");
    CHECK_SAID("");
    call(second, "forget");
    VM_ContextDelete(second);
}

static void VM_CALL block(void *user, VM_LogLevel level, const char *source, const char *text)
{
    (void)user;
    (void)level;
    (void)source;
    if (strcmp(text, "block") != 0)
        return;
    inside = true;
    while (!leave)
        wait_ms(1);
}

static void *delete_it(void *context)
{
    VM_ContextDelete(context);
    deleted = true;
    return NULL;
}

/* The end of an instance waits for the thread that uses its presence. */
static void used_while_its_instance_ends(void)
{
    VM_Context *first = kept_context(), *second = kept_context();
    pthread_t thread;
    NEED(VM_LogSetCallback(VM_LOG_INFO, block, NULL, NULL, &error));
    call(second, "log_later");
    while (!inside)
        wait_ms(1);
    SURE(pthread_create(&thread, NULL, delete_it, first) == 0);
    wait_ms(20);
    CHECK(!deleted);
    leave = true;
    SURE(pthread_join(thread, NULL) == 0);
    CHECK(deleted);
    NEED(VM_LogSetCallback(VM_LOG_INFO, NULL, NULL, NULL, &error));
    call(second, "forget");
    VM_ContextDelete(second);
}

static void wrong_descriptions(void)
{
    static const char *const messages[] = {
        "a function takes a vm::Parameter of a type that no compiler of the plug-in makes",
        "two compilers make the type that a function takes as vm::Parameter: give each a type of its own",
        "the class of `two` is that of another source or sink: derive one from it",
        "not today",
    };
    size_t i;
    for (i = 0; i < 4; i++) {
        VM_PluginRegistry *empty = new_registry();
        char name[20];
        snprintf(name, sizeof name, "wrong_%zu", i + 1);
        CHECK_STATUS(VM_PluginLoadFromPath(empty, plugin_file(name).text, NULL, &error), VM_STATUS_PLUGIN_INITIALIZE, messages[i]);
        VM_PluginRegistryDelete(empty);
    }
}

static bool is_mapped(const char *name)
{
    char line[1024];
    bool found = false;
    FILE *maps = fopen("/proc/self/maps", "r");
    SURE(maps != NULL);
    while (fgets(line, sizeof line, maps))
        found |= strstr(line, name) != NULL;
    fclose(maps);
    return found;
}

int main(void)
{
    make_scratch();
    start_listening();
    engine = new_engine();
    registry = new_registry();
    NEED(VM_PluginLoadFromPath(registry, plugin_file("kept").text, NULL, &error));
    used_after_its_instance();
    wrong_descriptions();
    stop_listening();
    used_while_its_instance_ends();
    CHECK(is_mapped("kept.so"));
    VM_PluginRegistryDelete(registry);
    CHECK(!is_mapped("kept.so"));
    VM_EngineDelete(engine);
    return finish();
}
