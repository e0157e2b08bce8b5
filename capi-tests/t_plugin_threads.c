/*
 * Registries on many threads and in a loop: each plug-in starts and ends as often as it is loaded. One plug-in of each kind in
 * many contexts on many threads.
 */
#include "plugin_files.h"
#include <fcntl.h>
#include <pthread.h>

enum { THREADS = 8, ROUNDS = 20 };

static atomic_int started, ended, created, destroyed, elsewhere;
static const char *counted_source = "logged";

static void VM_CALL count(void *user, VM_LogLevel level, const char *source, const char *text)
{
    (void)user;
    (void)level;
    if (strcmp(source, counted_source) != 0)
        return;
    started += strcmp(text, "initialize") == 0;
    ended += strcmp(text, "cleanup") == 0;
    created += strcmp(text, "create") == 0;
    destroyed += strncmp(text, "destroy", 7) == 0;
    elsewhere += strcmp(text, "destroy elsewhere") == 0;
}

typedef struct Shared {
    VM_Engine *engine;
    VM_PluginRegistry *registry;
} Shared;

/* Loads a registry's plug-ins, which others may do as well, and runs a guest with them. */
static void load_and_run(VM_Engine *engine, VM_PluginRegistry *registry)
{
    VM_Context *context = new_context(engine);
    VM_PluginReport *report = NULL;
    CHECK_OK(VM_PluginLoadFromPath(registry, in_scratch("all").text, &report, &error));
    CHECK_INT(VM_PluginReportGetCount(report), 2);
    CHECK(find_line(report, in_scratch("all/calc.so").text)->loaded);
    CHECK(find_line(report, in_scratch("all/logged.so").text)->loaded);
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

static void on_threads(void *(*work)(void *), void *shared)
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

/* What a kind of plug-in promises and is promised, of which ThreadSanitizer sees the rest: kinds.c has no locks but its own. */
typedef struct Kind {
    VM_Engine *engine;
    VM_PluginRegistry *registry;
    bool is_shared, is_serialized, is_affine;
    pthread_barrier_t met;
    VM_Context *contexts[THREADS];
    atomic_int next, counted;
} Kind;

static void *use_a_kind(void *argument)
{
    Kind *kind = argument;
    int me = kind->next++, i, last = 0;
    VM_Context *context = new_context(kind->engine);
    VM_Value result;
    CHECK_OK(VM_ContextRegisterPlugins(context, kind->registry, &error));
    instantiate(kind->engine, context, GUEST("kinds"));
    for (i = 0; i < ROUNDS; i++) {
        int count = run(context, "count", NO_VALUES);
        CHECK(kind->is_shared ? count > last : count == last + 1);
        last = count;
        kind->counted++;
        if (kind->is_serialized) {
            CHECK_INT(run(context, "overlap", NO_VALUES), 1);
            CHECK_INT(run(context, "twice", NO_VALUES), 1);
        }
    }
    /* Contexts go to the next thread, which may use and delete them, but for an instance that has a thread. */
    kind->contexts[me] = context;
    pthread_barrier_wait(&kind->met);
    context = kind->contexts[(me + 1) % THREADS];
    CHECK_STATUS(VM_ContextExecute(context, latest(context), "count", NO_VALUES, &result, 1, &error),
                 kind->is_affine ? VM_STATUS_WRONG_THREAD : VM_STATUS_OK, NULL);
    kind->counted += !kind->is_affine;
    VM_ContextDelete(context);
    pthread_barrier_wait(&kind->met);
    /* What was let go elsewhere, but belongs to this thread. */
    VM_ContextDelete(new_context(kind->engine));
    forget_error();
    return NULL;
}

static void check_kind(VM_Engine *engine, const char *plugin, bool is_shared, bool is_serialized, bool is_affine)
{
    Kind kind = { .engine = engine, .is_shared = is_shared, .is_serialized = is_serialized, .is_affine = is_affine };
    VM_Context *context = new_context(engine);
    kind.registry = new_registry();
    SURE(pthread_barrier_init(&kind.met, NULL, THREADS) == 0);
    counted_source = plugin;
    NEED(VM_PluginLoadFromPath(kind.registry, plugin_file(plugin).text, NULL, &error));
    on_threads(use_a_kind, &kind);
    CHECK_INT(kind.counted, THREADS * (ROUNDS + !is_affine));
    NEED(VM_ContextRegisterPlugins(context, kind.registry, &error));
    instantiate(engine, context, GUEST("kinds"));
    CHECK_INT(run(context, "count", NO_VALUES), is_shared ? THREADS * (ROUNDS + 1) + 1 : 1);
    if (is_serialized)
        CHECK_INT(run(context, "total", NO_VALUES), 2 * THREADS * ROUNDS);
    VM_ContextDelete(context);
    VM_PluginRegistryDelete(kind.registry);
    check_counts(1, is_shared ? 1 : THREADS + 1);
    CHECK(!is_affine || elsewhere == 0);
    elsewhere = 0;
    pthread_barrier_destroy(&kind.met);
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

    check_kind(engine, "kinds", false, false, false);
    check_kind(engine, "singleton", true, false, false);
    check_kind(engine, "serialized", false, true, false);
    check_kind(engine, "serialized_singleton", true, true, false);
    check_kind(engine, "affine", false, false, true);

    VM_EngineDelete(engine);
    NEED(VM_LogSetCallback(VM_LOG_INFO, NULL, NULL, NULL, &error));
    return finish();
}
