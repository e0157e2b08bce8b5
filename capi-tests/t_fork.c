/* fork() while other threads run guests, load plug-ins and write to the log: a child with its own engine does not hang. */
#include "plugin_files.h"
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>

enum { FORKS = 30, PATIENCE = 60 };

static atomic_bool stop;
static atomic_int rounds;

static VM_Status VM_CALL step(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)user;
    (void)caller;
    results[0] = VM_ValueI32(args[0].of.i32 + 1);
    return VM_STATUS_OK;
}

/* Creates everything again: engine, module, host module, context. */
static int32_t run_a_guest(void)
{
    VM_Engine *engine = new_engine();
    VM_Context *context = new_context(engine);
    VM_HostModule *host = new_host("host");
    int32_t count;
    NEED(VM_HostModuleAddFunction(host, "step", "(i)i", step, NULL, NULL, &error));
    NEED(VM_ContextRegisterModule(context, host, &error));
    instantiate(engine, context, GUEST("counter"));
    count = run(context, "count", NO_VALUES);
    VM_HostModuleDelete(host);
    VM_ContextDelete(context);
    VM_EngineDelete(engine);
    return count;
}

static void *run_guests(void *unused)
{
    while (!stop) {
        CHECK_INT(run_a_guest(), 1);
        rounds++;
    }
    forget_error();
    return unused;
}

/* A plug-in that can run on one thread at a time, of which there is one turn in the process, and one that is not there. */
static void *load_plugins(void *unused)
{
    while (!stop) {
        VM_PluginRegistry *registry = new_registry();
        VM_Engine *engine = new_engine();
        VM_Context *context = new_context(engine);
        NEED(VM_PluginLoadFromPath(registry, plugin_file("serialized").text, NULL, &error));
        NEED(VM_PluginLoadFromPath(registry, plugin_file("calc").text, NULL, &error));
        NEED(VM_ContextRegisterPlugins(context, registry, &error));
        CHECK_STATUS(VM_PluginLoadFromPath(registry, "/nowhere", NULL, &error), VM_STATUS_PLUGIN_NOT_FOUND, NULL);
        VM_ContextDelete(context);
        VM_EngineDelete(engine);
        VM_PluginRegistryDelete(registry);
        rounds++;
    }
    forget_error();
    return unused;
}

static void VM_CALL listen(void *user, VM_LogLevel level, const char *source, const char *text)
{
    (void)user;
    (void)level;
    (void)source;
    (void)text;
}

static void *change_the_log(void *unused)
{
    while (!stop) {
        NEED(VM_LogSetCallback(VM_LOG_TRACE, listen, NULL, NULL, &error));
        NEED(VM_LogSetCallback(VM_LOG_ERROR, NULL, NULL, NULL, &error));
    }
    return unused;
}

/* An import that nothing provides: for the message all registries of the process are asked, and those of the parent are not there. */
static void miss_an_import(void)
{
    VM_Engine *engine = new_engine();
    VM_Context *context = new_context(engine);
    VM_Module *module = load(engine, GUEST("counter"));
    CHECK_STATUS(VM_ContextInstantiate(context, module, NULL, &error), VM_STATUS_UNRESOLVED_IMPORT, "no module `host`");
    VM_ModuleDelete(module);
    VM_ContextDelete(context);
    VM_EngineDelete(engine);
}

static int in_child(void)
{
    VM_PluginRegistry *registry;
    failures = 0;
    alarm(PATIENCE);
    if (run_a_guest() != 1)
        return 2;
    miss_an_import();
    registry = new_registry();
    CHECK_STATUS(VM_PluginLoadFromPath(registry, "/nowhere", NULL, &error), VM_STATUS_PLUGIN_NOT_FOUND, NULL);
    VM_PluginRegistryDelete(registry);
    return finish();
}

int main(void)
{
    void *(*const work[])(void *) = { run_guests, run_guests, load_plugins, load_plugins, change_the_log };
    enum { THREADS = sizeof work / sizeof work[0] };
    pthread_t threads[THREADS];
    int i;

    make_scratch();
    for (i = 0; i < THREADS; i++)
        SURE(pthread_create(&threads[i], NULL, work[i], NULL) == 0);
    for (i = 0; i < FORKS; i++) {
        int status = 0, before = rounds;
        pid_t child;
        while (rounds == before)
            sched_yield();
        child = fork();
        SURE(child >= 0);
        if (child == 0) {
            /* An exit would have what the other threads of the parent had counted as lost, by those who look for that. */
            if (in_child() == 0)
                raise(SIGKILL);
            _exit(1);
        }
        SURE(waitpid(child, &status, 0) == child);
        CHECK(WIFSIGNALED(status));
        CHECK_INT(WIFSIGNALED(status) ? WTERMSIG(status) : -WEXITSTATUS(status), SIGKILL);
    }
    stop = true;
    for (i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    return finish();
}
