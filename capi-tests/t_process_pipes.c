/*
 * The plug-in process: input and output at the same time, bounds of the output, and what a command inherits. With LIBVM_TEST_FULL in the environment
 * there are 64 MiB and 1,000 commands.
 */
#include "process.h"
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

static VM_Context *guest;

static size_t count_descriptors(void)
{
    size_t count = 0;
    int number;
    for (number = 0; number < 1000; number++)
        count += fcntl(number, F_GETFD) != -1;
    return count;
}

/* More than a pipe holds, both ways. */
static void pumps(void)
{
    size_t size = (getenv("LIBVM_TEST_FULL") ? 64 : 1) << 20, i, count;
    char *bytes = malloc(size), *found;
    VM_Context *large = new_context(engine);
    SURE(bytes != NULL);
    for (i = 0; i < size; i++)
        bytes[i] = (char)(i * 2654435761u >> 13);
    NEED(VM_ContextSetPluginOptionBool(large, "process", "allow-all", true, &error));
    NEED(VM_ContextSetPluginOptionInteger(large, "process", "max-input", (int64_t)size, &error));
    NEED(VM_ContextSetPluginOptionInteger(large, "process", "max-output", (int64_t)size, &error));
    add_guest(large);
    COMMAND(large, "sh", "-c", "tee /dev/stderr");
    for (i = 0; i < size; i += 65536)
        NEED(pass(large, "stdin", bytes + i, 65536));
    CHECK_STATUS(pass(large, "stdin", "a", 1), VM_STATUS_LIMIT, "by the option `max-input`");
    CHECK_INT(run(large, "run", NO_VALUES), 0);
    for (i = 0; i < 2; i++) {
        found = written(large, i ? "stdout" : "stderr", &count);
        CHECK_INT(count, size);
        CHECK(count == size && memcmp(found, bytes, size) == 0);
        free(found);
    }
    /* One byte too much. */
    COMMAND(large, "sh", "-c", "cat; printf a; sleep 60");
    for (i = 0; i < size; i += 65536)
        NEED(pass(large, "stdin", bytes + i, 65536));
    CHECK_INT(run(large, "run", NO_VALUES), -2);
    CHECK_INT(run(large, "stdout_len", NO_VALUES), size);
    /* A command that does not read it. */
    COMMAND(large, "sh", "-c", "exec <&-; sleep 0.1; echo closed");
    for (i = 0; i < size; i += 65536)
        NEED(pass(large, "stdin", bytes + i, 65536));
    CHECK_RUN(large, 0, "closed\n", "");
    VM_ContextDelete(large);
    free(bytes);
}

static void bounds_output(void)
{
    VM_Context *small = new_context(engine);
    NEED(VM_ContextSetPluginOptionBool(small, "process", "allow-all", true, &error));
    NEED(VM_ContextSetPluginOptionInteger(small, "process", "max-output", 5, &error));
    add_guest(small);
    COMMAND(small, "printf", "12345");
    CHECK_RUN(small, 0, "12345", "");
    COMMAND(small, "yes");
    CHECK_RUN(small, -2, "y\ny\ny", "process: `yes` was ended: it has written more than 5 bytes to stdout, the most by the option `max-output`\n");
    COMMAND(small, "sh", "-c", "printf 123456 >&2");
    CHECK_RUN(small, -2, "", "12345\nprocess: `sh` was ended: it has written more than 5 bytes to stderr, the most by the option `max-output`\n");
    VM_ContextDelete(small);
}

/* No descriptor, child or thread is left behind. */
static void runs_many(void)
{
    int i, count = getenv("LIBVM_TEST_FULL") ? 1000 : 100;
    size_t descriptors = count_descriptors();
    for (i = 0; i < count; i++) {
        COMMAND(guest, i % 4 ? "true" : "libvm-no-such-command");
        CHECK_INT(run(guest, "run", NO_VALUES), i % 4 ? 0 : -1);
        CHECK(waitpid(-1, NULL, WNOHANG) == -1);
    }
    CHECK_INT(count_descriptors(), descriptors);
}

/* Descriptors, signals and the terminal are not inherited. */
static void inherits_nothing(void)
{
    int opened = open("/dev/null", O_RDONLY), kept[3], i;
    struct sigaction ignore = { .sa_handler = SIG_IGN }, before[2];
    sigset_t set, old;
    long process, group, session;
    unsigned long long blocked, ignored;
    size_t size;
    char *found;
    SURE(opened > 2 && dup2(opened, 70) == 70);
    COMMAND(guest, "ls", "-1", "/proc/self/fd");
    CHECK_RUN(guest, 0, "0\n1\n2\n3\n", ""); /* 3 is of the directory */
    COMMAND(guest, "cut", "-d", " ", "-f", "1,5,6", "/proc/self/stat");
    CHECK_INT(run(guest, "run", NO_VALUES), 0);
    found = written(guest, "stdout", &size);
    CHECK_INT(sscanf(found, "%ld %ld %ld", &process, &group, &session), 3);
    CHECK(process == group && process == session && process != (long)getpid());
    free(found);
    SURE(sigaction(SIGTERM, &ignore, &before[0]) == 0 && sigaction(SIGPIPE, &ignore, &before[1]) == 0);
    SURE(sigfillset(&set) == 0 && sigprocmask(SIG_BLOCK, &set, &old) == 0);
    COMMAND(guest, "grep", "-E", "^Sig(Blk|Ign):", "/proc/self/status");
    CHECK_INT(run(guest, "run", NO_VALUES), 0);
    found = written(guest, "stdout", &size);
    CHECK_INT(sscanf(found, "SigBlk: %llx SigIgn: %llx", &blocked, &ignored), 2);
    CHECK(blocked == 0 && (ignored & 0x7fffffff) == 0); /* above are signals of the C library */
    free(found);
    SURE(sigprocmask(SIG_SETMASK, &old, NULL) == 0);
    SURE(sigaction(SIGTERM, &before[0], NULL) == 0 && sigaction(SIGPIPE, &before[1], NULL) == 0);
    /* A host without standard streams. */
    for (i = 0; i < 3; i++)
        SURE((kept[i] = fcntl(i, F_DUPFD_CLOEXEC, 80)) >= 80 && close(i) == 0);
    COMMAND(guest, "sh", "-c", "cat; echo error >&2");
    NEED(pass(guest, "stdin", "input\n", 6));
    CHECK_INT(run(guest, "run", NO_VALUES), 0);
    for (i = 0; i < 3; i++)
        SURE(dup2(kept[i], i) == i && close(kept[i]) == 0);
    CHECK_RESULT(guest, 0, "input\n", "error\n");
    SURE(close(70) == 0 && close(opened) == 0);
}

/* Hosts that take the status of all children. */
static void loses_status(void)
{
    struct sigaction ignore = { .sa_handler = SIG_IGN }, before;
    SURE(sigaction(SIGCHLD, &ignore, &before) == 0);
    COMMAND(guest, "sh", "-c", "echo done; exit 3");
    CHECK_RUN(guest, -2, "done\n", "process: `sh` has ended, but the host ignores SIGCHLD or waits for all children: its exit code is lost\n");
    SURE(sigaction(SIGCHLD, &before, NULL) == 0);
    COMMAND(guest, "sh", "-c", "exit 3");
    CHECK_RUN(guest, 3, "", "");
}

/* A host that can open no more descriptors. */
static void lacks_descriptors(void)
{
    int opened[1000], count = 0;
    while (count < 1000 && (opened[count] = fcntl(2, F_DUPFD_CLOEXEC, 3)) != -1)
        count++;
    SURE(count < 1000);
    COMMAND(guest, "true");
    CHECK_INT(run(guest, "run", NO_VALUES), -1);
    while (count > 0)
        SURE(close(opened[--count]) == 0);
    CHECK_RESULT(guest, -1, "", "process: `true` was not started: there is no pipe for it: Too many open files (os error 24)\n");
    COMMAND(guest, "true");
    CHECK_RUN(guest, 0, "", "");
}

int main(void)
{
    struct rlimit limit;
    SURE(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    limit.rlim_cur = 200;
    SURE(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    begin_with(true);
    guest = new_guest();
    pumps();
    bounds_output();
    runs_many();
    inherits_nothing();
    loses_status();
    lacks_descriptors();
    VM_ContextDelete(guest);
    return end();
}
