/* Creating and deleting, loading and unloading in loops does not increase memory or file descriptors. */
#define _POSIX_C_SOURCE 200809L
#include "test.h"
#include <dirent.h>
#include <malloc.h>
#include <pthread.h>

#if defined(__GLIBC__) && (__GLIBC__ > 2 || __GLIBC_MINOR__ >= 33)
#define BYTES_IN_USE() (mallinfo2().uordblks + mallinfo2().hblkhd)
#else
#define BYTES_IN_USE() 0
#endif

enum { WARM_UP = 30, ROUNDS = 2000 };

static VM_Engine *engine;
static VM_Module *shared;
static VM_HostModule *host;

/* Whether the numbers above count what this program allocates: not so under a sanitizer or valgrind, which find leaks themselves. */
static bool is_exact(void)
{
    size_t before = BYTES_IN_USE();
    void *volatile block = malloc(100000);
    size_t with = BYTES_IN_USE();
    free(block);
    return with >= before + 100000 && BYTES_IN_USE() < with;
}

/* Bytes in use, or where they cannot be counted the resident set, which is only good to find what leaks much. */
static long memory(void)
{
    long size = 0, resident = 0;
    FILE *file;
    if (is_exact())
        return (long)BYTES_IN_USE();
    file = fopen("/proc/self/statm", "r");
    if (!file || fscanf(file, "%ld %ld", &size, &resident) != 2)
        resident = 0;
    if (file)
        fclose(file);
    return resident * 4096;
}

static int descriptors(void)
{
    int count = 0;
    DIR *folder = opendir("/proc/self/fd");
    while (folder && readdir(folder))
        count++;
    if (folder)
        closedir(folder);
    return count;
}

static void contexts(void)
{
    VM_Context *context = new_context(engine);
    VM_Ref ref;
    VM_Func func;
    VM_Value result;
    NEED(VM_ContextRegisterModule(context, host, &error));
    NEED(VM_ContextInstantiate(context, shared, NULL, &error));
    NEED(VM_RefCreateExtern(context, context, NULL, &ref, &error));
    NEED(VM_InstanceFindFunction(context, latest(context), "park", &func, &error));
    NEED(VM_FuncCall(context, func, NO_VALUES, &result, 1, &error));
    CHECK_STATUS(VM_ContextExecute(context, latest(context), "nothing", NO_VALUES, NO_VALUES, &error), VM_STATUS_NOT_FOUND, "`nothing`");
    VM_ContextDelete(context);
}

/* An engine keeps translated code until it is deleted, so both are deleted. */
static void engines_and_modules(void)
{
    VM_Engine *own = new_engine();
    VM_Module *module = load(own, GUEST("everything")), *bad = NULL;
    CHECK(VM_ModuleGetExport(module, 0) != NULL);
    CHECK_STATUS(VM_ModuleLoadFromBuffer(own, (const uint8_t *)"\0asm\1\0\0\0x", 9, &bad, &error), VM_STATUS_BAD_MODULE, NULL);
    VM_EngineDelete(own);
    VM_ModuleDelete(module);
}

static void registries(void)
{
    VM_PluginRegistry *registry = NULL;
    VM_PluginReport *report = NULL;
    VM_Context *context = new_context(engine);
    NEED(VM_PluginRegistryCreate(&registry, &error));
    NEED(VM_PluginLoadFromPath(registry, LIBVM_TEST_PLUGINS "/instances", &report, &error));
    VM_PluginReportDelete(report);
    CHECK_STATUS(VM_PluginLoadFromPath(registry, LIBVM_TEST_PLUGINS "/wrong_magic", &report, &error), VM_STATUS_PLUGIN_BAD_MANIFEST,
                 NULL);
    VM_PluginReportDelete(report);
    NEED(VM_ContextRegisterPlugins(context, registry, &error));
    VM_PluginRegistryDelete(registry);
    VM_ContextDelete(context);
}

static void wasi(void)
{
    VM_Context *context = new_context(engine);
    VM_Wasi *given = NULL;
    NEED(VM_WasiCreate(&given, &error));
    NEED(VM_WasiAddDirectory(given, LIBVM_TEST_DATA, "/data", VM_WASI_READ, &error));
    NEED(VM_WasiSetInputFile(given, GUEST("everything"), &error));
    NEED(VM_WasiCaptureOutput(given, &error));
    NEED(VM_ContextRegisterWasi(context, given, &error));
    VM_WasiDelete(given);
    VM_ContextDelete(context);
}

static void *on_a_thread(void *unused)
{
    contexts();
    forget_error();
    return unused;
}

static void threads(void)
{
    pthread_t made[4];
    for (int i = 0; i < 4; i++)
        CHECK_INT(pthread_create(&made[i], NULL, on_a_thread, NULL), 0);
    for (int i = 0; i < 4; i++)
        CHECK_INT(pthread_join(made[i], NULL), 0);
}

static VM_Status VM_CALL park(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    uint64_t size = 0;
    (void)user;
    (void)args;
    results[0] = VM_ValueI32(0);
    return VM_CallerGetMemorySize(caller, &size);
}

static void stays_flat(void (*work)(void), const char *what)
{
    long before, after;
    int open;
    for (int i = 0; i < WARM_UP; i++)
        work();
    forget_error();
    before = memory();
    open = descriptors();
    for (int i = 0; i < ROUNDS; i++)
        work();
    forget_error();
    after = memory();
    CHECK_INT(descriptors(), open);
    /* The arenas of ended threads settle late; 16 bytes a round are more than that. */
    if (after - before >= (is_exact() ? 16 * ROUNDS : 64 << 20)) {
        failures++;
        fprintf(stderr, "%s: %ld bytes before %d rounds, %ld after them\n", what, before, ROUNDS, after);
    }
}

int main(void)
{
    engine = new_engine();
    shared = load(engine, GUEST("everything"));
    host = new_host("host");
    NEED(VM_HostModuleAddFunction(host, "park", "()i", park, NULL, NULL, &error));
    stays_flat(contexts, "contexts");
    stays_flat(engines_and_modules, "engines and modules");
    stays_flat(registries, "registries");
    stays_flat(wasi, "wasi");
    stays_flat(threads, "threads");
    VM_HostModuleDelete(host);
    VM_ModuleDelete(shared);
    VM_EngineDelete(engine);
    return finish();
}
