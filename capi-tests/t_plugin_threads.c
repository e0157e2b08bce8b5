/* Registries on many threads at once, and in a loop: each plug-in starts and ends as often as it is loaded. */
#include "plugin_files.h"
#include <fcntl.h>
#include <pthread.h>

enum { THREADS = 8, ROUNDS = 20 };

static atomic_int started, ended, created, destroyed;

static void VM_CALL count(void *user, VM_LogLevel level, const char *source, const char *text)
{
    (void)user;
    (void)level;
    if (strcmp(source, "logged") != 0)
        return;
    started += strcmp(text, "initialize") == 0;
    ended += strcmp(text, "cleanup") == 0;
    created += strcmp(text, "create") == 0;
    destroyed += strcmp(text, "destroy") == 0;
}

typedef struct Shared {
    const VM_Engine *engine;
    const VM_PluginRegistry *registry;
} Shared;

/* Loads a registry's plug-ins, which others may do as well, and runs a guest with them. */
static void load_and_run(const VM_Engine *engine, const VM_PluginRegistry *registry)
{
    VM_Context *context = new_context(engine);
    VM_PluginReport *report = NULL;
    CHECK_OK(VM_PluginLoadFromPath(registry, in_scratch("all").text, &report, &error));
    CHECK_INT(VM_PluginReportGetCount(report), 2);
    CHECK(find_line(report, in_scratch("all/calc.so").text).loaded);
    CHECK(find_line(report, in_scratch("all/logged.so").text).loaded);
    CHECK_INT(VM_PluginRegistryGetCount(registry), 2);
    CHECK_OK(VM_ContextRegisterPlugins(context, registry, &error));
    instantiate(engine, context, GUEST("plugin_sum"));
    CHECK_INT(run(context, "sum", VALUES(VM_ValueI32(40), VM_ValueI32(2))), 42);
    VM_PluginReportDelete(report);
    VM_ContextDelete(context);
}

static void *use_the_same(void *argument)
{
    const Shared *shared = argument;
    load_and_run(shared->engine, shared->registry);
    forget_error();
    return NULL;
}

static void *use_own(void *argument)
{
    const Shared *shared = argument;
    int i;
    for (i = 0; i < ROUNDS; i++) {
        VM_PluginRegistry *registry = new_registry();
        load_and_run(shared->engine, registry);
        VM_PluginRegistryDelete(registry);
    }
    forget_error();
    return NULL;
}

static void on_threads(void *(*work)(void *), Shared *shared)
{
    pthread_t threads[THREADS];
    int i;
    for (i = 0; i < THREADS; i++)
        SURE(pthread_create(&threads[i], NULL, work, shared) == 0);
    for (i = 0; i < THREADS; i++)
        SURE(pthread_join(threads[i], NULL) == 0);
}

static void check_counts(int loads, int contexts)
{
    CHECK_INT(started, loads);
    CHECK_INT(ended, loads);
    CHECK_INT(created, contexts);
    CHECK_INT(destroyed, contexts);
    started = ended = created = destroyed = 0;
}

static int open_files(void)
{
    int count = 0, descriptor;
    for (descriptor = 0; descriptor < 256; descriptor++)
        count += fcntl(descriptor, F_GETFD) != -1;
    return count;
}

int main(void)
{
    VM_PluginRegistry *registry;
    VM_Engine *engine;
    Shared shared;
    int before;
    make_scratch();
    make_folder("all");
    copy_plugin("calc", "all/calc.so", NULL, NULL);
    copy_plugin("logged", "all/logged.so", NULL, NULL);
    engine = new_engine();
    registry = new_registry();
    shared.engine = engine;
    shared.registry = registry;
    NEED(VM_LogSetCallback(VM_LOG_INFO, count, NULL, NULL, &error));

    on_threads(use_the_same, &shared);
    VM_PluginRegistryDelete(registry);
    check_counts(1, THREADS);

    before = open_files();
    on_threads(use_own, &shared);
    check_counts(THREADS * ROUNDS, THREADS * ROUNDS);
    CHECK_INT(open_files(), before);

    VM_EngineDelete(engine);
    NEED(VM_LogSetCallback(VM_LOG_INFO, NULL, NULL, NULL, &error));
    return finish();
}
