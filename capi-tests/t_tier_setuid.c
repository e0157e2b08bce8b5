/* A program with more privileges than its user (setuid) takes neither the tier nor the cache from that user's environment. */
#include "machine.h"
#include <errno.h>
#include <sys/wait.h>

enum { OWNER = 54321, USER = 54322, NO_SETUID = 77, NO_PROGRAM = 78 };

/* Says to the program that is started what it is. */
#define STARTED "LIBVM_TEST_STARTED"

static int started(bool privileged)
{
    VM_Engine *engine = NULL;
    VM_EngineConfig *config = NULL;
    if (privileged && geteuid() != OWNER)
        return NO_SETUID;
    VM_Status status = VM_EngineCreate(NULL, &engine, &error);
    if (!privileged) {
        CHECK_INT(status, VM_STATUS_INVALID_ARGUMENT);
        CHECK(strstr(VM_ErrorGetMessage(error), "the environment variable LIBVM_TIER is \"none\"") != NULL);
        return finish();
    }
    CHECK_INT(status, VM_STATUS_OK);
    VM_EngineDelete(engine);
    /* Without a cache, whether this build can compile or not. */
    NEED(VM_EngineConfigCreate(&config, &error));
    NEED(VM_EngineConfigSetTier(config, VM_TIER_AUTO, &error));
    engine = NULL;
    status = VM_EngineCreate(config, &engine, &error);
    CHECK(status == VM_STATUS_OK || status == VM_STATUS_UNSUPPORTED);
    VM_EngineDelete(engine);
    for (VM_Profiler profiler = VM_PROFILER_PERF_MAP; profiler <= VM_PROFILER_JITDUMP; profiler++) {
        NEED(VM_EngineConfigSetProfiler(config, profiler, &error));
        CHECK_STATUS(VM_EngineCreate(config, &engine, &error), VM_STATUS_UNSUPPORTED, "others may have made a link there");
    }
    VM_EngineConfigDelete(config);
    return finish();
}

/* Runs a program as the user; returns its exit code. */
static int run_as_user(const char *program, const char *what)
{
    int status = 0;
    pid_t child = fork();
    SURE(child >= 0);
    if (child == 0) {
        if (setgid(USER) || setuid(USER) || setenv(STARTED, what, 1))
            _exit(1);
        execl(program, program, "t_tier_setuid", (char *)NULL); /* static_tests wants the name of the test */
        _exit(NO_PROGRAM);
    }
    SURE(waitpid(child, &status, 0) == child && WIFEXITED(status));
    return WEXITSTATUS(status);
}

int main(void)
{
    const char *what = getenv(STARTED);
    char self[PATH_MAX], command[2 * PATH_MAX];
    if (what)
        return started(strcmp(what, "privileged") == 0);
    if (geteuid() != 0) {
        printf("skipped: only root can make a program that has the privileges of another user\n");
        return 0;
    }
    make_scratch();
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    SURE(length > 0);
    self[length] = '\0';
    Path program = in_scratch("program"), cache = in_scratch("cache");
    make_folder("cache");
    snprintf(command, sizeof command, "cp '%s' '%s'", self, program.text);
    SURE(system(command) == 0);
    SURE(setenv("LIBVM_TIER", "none", 1) == 0 && setenv("XDG_CACHE_HOME", cache.text, 1) == 0);
    int code = run_as_user(program.text, "plain");
    if (code == NO_PROGRAM || code == 127) {
        printf("skipped: another user cannot run the program, or load the library\n");
        return 0;
    }
    CHECK_INT(code, 0);
    SURE(chown(program.text, OWNER, OWNER) == 0 && chmod(program.text, 04755) == 0);
    /* A directory that the program would take from anybody else. */
    SURE(chown(cache.text, OWNER, OWNER) == 0 && chmod(cache.text, 0700) == 0);
    code = run_as_user(program.text, "privileged");
    if (code == NO_SETUID)
        printf("skipped: programs in %s do not get the privileges of their owner\n", scratch_folder.text);
    else
        CHECK_INT(code, 0);
    CHECK(rmdir(cache.text) == 0); /* it is empty */
    return finish();
}
