/* A probe of the ABI: a plug-in whose functions are served by a child process, which may die at any moment. */
#include "probe_checks.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

static VM_Engine *engine;
static VM_PluginRegistry *registry;

static int open_files(void)
{
    int file, count = 0;
    for (file = 0; file < 256; file++)
        count += fcntl(file, F_GETFD) != -1;
    return count;
}

/* A context whose latest instance uses the module `helper`, beside one that uses `calc`. */
static VM_Context *new_probe(VM_Instance *user, VM_Instance *helper)
{
    VM_Context *context = probe_context(engine, registry);
    NEED(VM_ContextGetInstance(context, 0, user, &error));
    *helper = instantiate(engine, context, GUEST("probe_helper"));
    return context;
}

static int32_t call(VM_Context *context, VM_Instance instance, const char *name, const VM_Value *args, size_t count)
{
    VM_Value result;
    NEED(VM_ContextExecute(context, instance, name, args, count, &result, 1, &error));
    return result.of.i32;
}

static void the_helper_dies(void)
{
    VM_Instance user, helper;
    VM_Context *context = new_probe(&user, &helper);
    VM_Value result;
    siginfo_t info;
    int32_t first, second, third;

    /* In a call: the guest traps, and the next call starts another. */
    CHECK_INT(call(context, user, "add", VALUES(VM_ValueI32(40), VM_ValueI32(2))), 42);
    first = call(context, helper, "pid", NO_VALUES);
    CHECK_STATUS(VM_ContextExecute(context, helper, "die", NO_VALUES, &result, 1, &error), VM_STATUS_TRAP,
                 "host function `helper.die` trapped: the helper ended with signal 9; the next call starts another");
    CHECK_TEXT(VM_ErrorGetPluginName(error), "probe_process");
    CHECK(kill(first, 0) != 0 && errno == ESRCH); /* it is not a zombie */
    CHECK_INT(call(context, user, "add", VALUES(VM_ValueI32(40), VM_ValueI32(2))), 42);
    CHECK_INT(call(context, user, "count", NO_VALUES), 1);

    /* Between two calls: only the state of the helper is lost. */
    second = call(context, helper, "pid", NO_VALUES);
    CHECK(second != first);
    SURE(kill(second, SIGKILL) == 0);
    SURE(waitid(P_PID, (id_t)second, &info, WEXITED | WNOWAIT) == 0);
    CHECK_INT(call(context, user, "count", NO_VALUES), 0);
    third = call(context, helper, "pid", NO_VALUES);
    CHECK(third != second);
    VM_ContextDelete(context);
    CHECK(kill(third, 0) != 0 && errno == ESRCH);
}

static void there_is_no_helper(void)
{
    VM_PluginRegistry *other = new_registry();
    VM_Context *context = new_context(engine);
    Path path = copy_plugin("probe_process", "probe_process.so", NULL, NULL);
    int files;
    NEED(VM_PluginLoadFromPath(other, path.text, NULL, &error));
    files = open_files(); /* with that of the plug-in, which stays */
    CHECK_STATUS(VM_ContextRegisterPlugins(context, other, &error), VM_STATUS_PLUGIN_INITIALIZE,
                 "/probe_helper: No such file or directory");
    VM_ContextDelete(context);
    VM_PluginRegistryDelete(other);
    CHECK_INT(open_files(), files);
}

int main(void)
{
    VM_Context *first, *second;
    int files;
    make_scratch();
    engine = new_engine();
    registry = new_registry();
    NEED(VM_PluginLoadFromPath(registry, plugin_file("probe_process").text, NULL, &error));
    files = open_files();
    first = probe_context(engine, registry);
    second = probe_context(engine, registry);
    check_calc(first);
    check_calc(second);
    check_apart(first, second);
    check_failure(first, "probe_process", "host function `calc.divide` trapped: the quotient is no number");
    VM_ContextDelete(first);
    check_calc(second);
    VM_ContextDelete(second);
    the_helper_dies();
    CHECK_INT(open_files(), files);
    there_is_no_helper();
    CHECK(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD);
    VM_PluginRegistryDelete(registry);
    VM_EngineDelete(engine);
    return finish();
}
