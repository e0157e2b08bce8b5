/* A C++ exception that leaves a callback aborts the process; standard error names the function and the plug-in. */
#include "plugin_files.h"
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

/* Calls a function that throws, in a process that does not come back. */
static void call_it(const char *plugin)
{
    VM_Engine *engine = new_engine();
    VM_PluginRegistry *registry = new_registry();
    VM_Context *context = new_context(engine);
    char guest[512];
    NEED(VM_PluginLoadFromPath(registry, plugin_file(plugin).text, NULL, &error));
    NEED(VM_ContextRegisterPlugins(context, registry, &error));
    snprintf(guest, sizeof guest, "%s/plugin_%s.wasm", LIBVM_TEST_DATA, plugin);
    instantiate(engine, context, guest);
    run(context, "run", NO_VALUES);
}

/* Runs a part in a child process, and returns its standard error before it was aborted. */
static void aborts(void (*part)(const char *), const char *argument, const char *expected)
{
    struct rlimit no_core = { 0, 0 };
    char said[65536];
    size_t length = 0;
    ssize_t count;
    int status = 0, ends[2];
    pid_t child;
    SURE(pipe(ends) == 0);
    child = fork();
    SURE(child >= 0);
    if (child == 0) {
        SURE(setrlimit(RLIMIT_CORE, &no_core) == 0 && dup2(ends[1], STDERR_FILENO) >= 0);
        part(argument);
        _exit(0);
    }
    close(ends[1]);
    while ((count = read(ends[0], said + length, sizeof said - 1 - length)) > 0)
        length += (size_t)count;
    said[length] = '\0';
    close(ends[0]);
    SURE(waitpid(child, &status, 0) == child);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    if (!strstr(said, expected)) {
        failures++;
        fprintf(stderr, "standard error has \"%s\", expected \"%s\" in it\n", said, expected);
    }
}

int main(void)
{
    make_scratch();
    aborts(call_it, "throws", "left the callback of host function `throws.f` of plug-in `throws`; callbacks must catch");
    aborts(call_it, "throws_in_turn", "left the callback of host function `throws_in_turn.f` of plug-in `throws_in_turn`");
    return finish();
}
