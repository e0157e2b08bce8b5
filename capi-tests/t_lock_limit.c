/* Plug-ins that are copied into memory, in a process that may write only small files: an error, where the system would end the process. */
#define _XOPEN_SOURCE 700
#include "plugin_files.h"
#include <sys/resource.h>
#include <sys/wait.h>

enum { SMALL = 4096 };

#ifdef __linux__
static const VM_Status LIMITED = VM_STATUS_IO;
#else
static const VM_Status LIMITED = VM_STATUS_OK; /* There are no such copies. */
#endif

static Path lock_file;

static void check_locked(VM_Status status, const char *text)
{
    VM_PluginRegistry *registry = new_registry();
    NEED(VM_PluginRegistrySetLock(registry, lock_file.text, &error));
    if (status == VM_STATUS_OK)
        CHECK_OK(VM_PluginLoadFromPath(registry, in_scratch("calc.so").text, NULL, &error));
    else
        CHECK_STATUS(VM_PluginLoadFromPath(registry, in_scratch("calc.so").text, NULL, &error), status, text);
    CHECK_INT(VM_PluginRegistryGetCount(registry), status == VM_STATUS_OK);
    VM_PluginRegistryDelete(registry);
}

/* The limit holds until it is raised: nothing of the failure is left. */
static void in_child(void)
{
    struct rlimit limit;
    VM_PluginRegistry *registry;
    SURE(getrlimit(RLIMIT_FSIZE, &limit) == 0);
    limit.rlim_cur = SMALL;
    SURE(setrlimit(RLIMIT_FSIZE, &limit) == 0);
    for (int i = 0; i < 2; i++)
        check_locked(LIMITED, "it is larger than a file may become (ulimit -f)");
    /* Without a lock or keys the file itself is opened. */
    registry = new_registry();
    CHECK_OK(VM_PluginLoadFromPath(registry, in_scratch("other.so").text, NULL, &error));
    VM_PluginRegistryDelete(registry);
    limit.rlim_cur = limit.rlim_max;
    SURE(setrlimit(RLIMIT_FSIZE, &limit) == 0);
    check_locked(VM_STATUS_OK, NULL);
}

int main(void)
{
    VM_PluginRegistry *registry;
    int status = 0;
    pid_t child;
    make_scratch();
    copy_plugin("calc", "calc.so", NULL, NULL);
    copy_plugin("calc", "other.so", NULL, NULL);
    lock_file = in_scratch("libvm.lock");
    registry = new_registry();
    NEED(VM_PluginLoadFromPath(registry, in_scratch("calc.so").text, NULL, &error));
    NEED(VM_PluginRegistryWriteLock(registry, lock_file.text, &error));
    VM_PluginRegistryDelete(registry);
    child = fork();
    if (child == 0) {
        failures = 0;
        in_child();
        forget_error();
        _exit(failures ? 1 : 0);
    }
    CHECK(child > 0 && waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    return finish();
}
