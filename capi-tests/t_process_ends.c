/* The plug-in process: whatever ends a run, all processes of its group end too, and none is left behind. */
#include "process.h"
#include <sys/wait.h>
#include <time.h>

enum { PATIENCE = 60 };

static void sleep_ms(int ms)
{
    struct timespec time = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L };
    nanosleep(&time, NULL);
}

/* Returns whether a process has ended; of one that has lost its parent the status may remain. */
static bool is_gone(long pid)
{
    char path[40], line[200] = "", *rest;
    FILE *file;
    snprintf(path, sizeof path, "/proc/%ld/stat", pid);
    if (!(file = fopen(path, "r")))
        return true;
    rest = fgets(line, sizeof line, file) ? strrchr(line, ')') : NULL;
    fclose(file);
    return !rest || rest[2] == 'Z' || rest[2] == 'X';
}

/* Waits until the processes whose numbers a command has written to the file `pids` are there. */
static void await_processes(long pids[2])
{
    time_t begun = time(NULL);
    FILE *file;
    int count = 0;
    while (count != 2 && time(NULL) < begun + PATIENCE) {
        sleep_ms(1);
        if ((file = fopen(in_scratch("pids").text, "r"))) {
            count = fscanf(file, "%ld %ld .", &pids[0], &pids[1]);
            fclose(file);
        }
    }
    CHECK_INT(count, 2);
    remove(in_scratch("pids").text);
}

/* Returns whether this process has a child, running or ended, and leaves it to the plug-in to wait for it. */
static bool has_children(void)
{
    siginfo_t info;
    return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

static void check_gone(const long pids[2])
{
    time_t begun = time(NULL);
    while (!(is_gone(pids[0]) && is_gone(pids[1])) && time(NULL) < begun + PATIENCE)
        sleep_ms(1);
    CHECK(is_gone(pids[0]) && is_gone(pids[1]));
    /* The thread of a run that was cancelled waits for its process. */
    while (has_children() && time(NULL) < begun + PATIENCE)
        sleep_ms(1);
    CHECK(!has_children());
}

/* Sets a command that begins another one and ends after it with this last step; both ignore SIGTERM and SIGHUP. */
static void set_pair(VM_Context *guest, const char *last)
{
    static char script[2000];
    snprintf(script, sizeof script, "trap '' TERM HUP; sleep 1000 & echo begun; echo $$ $! > %s.new; mv %s.new %s; %s", in_scratch("pids").text,
             in_scratch("pids").text, in_scratch("pids").text, last);
    COMMAND(guest, "sh", "-c", script);
}

/* Whether a command has not written its file in this time, as on a slow machine, and gets more. */
static bool was_too_slow(int32_t *ms)
{
    *ms *= 2;
    return access(in_scratch("pids").text, F_OK) != 0 && *ms < PATIENCE * 1000;
}

static void ends_groups(void)
{
    VM_Context *guest = new_guest();
    char reason[100];
    int32_t ms = 250;
    long pids[2];
    do {
        set_pair(guest, "sleep 1000");
        set_timeout(guest, ms);
        snprintf(reason, sizeof reason, "process: `sh` was ended: its timeout of %d ms is over\n", (int)ms);
        CHECK_RUN(guest, -2, NULL, reason);
    } while (was_too_slow(&ms));
    CHECK_RESULT(guest, -2, "begun\n", reason);
    await_processes(pids);
    check_gone(pids);
    /* What a command leaves behind is ended with it. */
    set_pair(guest, "exit 4");
    CHECK_RUN(guest, 4, "begun\n", "");
    await_processes(pids);
    check_gone(pids);
    VM_ContextDelete(guest);
}

static void ends_at_the_deadline(void)
{
    VM_Context *guest = new_guest();
    VM_Value result;
    int32_t ms = 250;
    long pids[2];
    do {
        set_pair(guest, "sleep 1000");
        NEED(VM_ContextSetTimeout(guest, (uint64_t)ms, &error));
        CHECK_STATUS(VM_ContextExecute(guest, latest(guest), "run", NO_VALUES, &result, 1, &error), VM_STATUS_TIMEOUT, NULL);
        NEED(VM_ContextSetTimeout(guest, 0, &error));
    } while (was_too_slow(&ms));
    await_processes(pids);
    check_gone(pids);
    CHECK_RESULT(guest, -2, "", "");
    COMMAND(guest, "echo", "again");
    CHECK_RUN(guest, 0, "again\n", "");
    VM_ContextDelete(guest);
}

enum Way { CANCELLED, EXECUTION_DELETED, CONTEXT_RESET, CONTEXT_DELETED, WAYS };

static void ends_with(enum Way way)
{
    VM_Context *guest = new_guest();
    VM_Execution *execution;
    long pids[2];
    set_pair(guest, "sleep 1000");
    execution = start(guest, NULL);
    CHECK_INT(VM_ExecutionGetState(execution), VM_EXECUTION_PENDING);
    await_processes(pids);
    CHECK(!is_gone(pids[0]) && !is_gone(pids[1]));
    switch (way) {
    case CANCELLED:
        CHECK_OK(VM_ExecutionCancel(execution, &error));
        CHECK_STATUS(VM_ExecutionPoll(execution, &error), VM_STATUS_CANCELLED, NULL);
        break;
    case EXECUTION_DELETED:
        VM_ExecutionDelete(execution);
        execution = NULL;
        break;
    case CONTEXT_RESET:
        CHECK_OK(VM_ContextReset(guest, &error));
        break;
    default:
        VM_ContextDelete(guest);
        guest = NULL;
    }
    check_gone(pids);
    VM_ExecutionDelete(execution);
    if (way == CONTEXT_RESET) {
        VM_ContextDelete(guest);
    } else if (guest) {
        CHECK_RESULT(guest, -2, "", "");
        COMMAND(guest, "echo", "again");
        CHECK_RUN(guest, 0, "again\n", "");
        VM_ContextDelete(guest);
    }
}

/* Also at the moment at which it begins. */
static void ends_at_once(void)
{
    long none[2] = { 0, 0 };
    int i;
    for (i = 0; i < 50; i++) {
        VM_Context *guest = new_guest();
        VM_Execution *execution;
        COMMAND(guest, "sleep", "1000");
        execution = start(guest, NULL);
        if (i % 2)
            sleep_ms(1);
        VM_ContextDelete(guest);
        VM_ExecutionDelete(execution);
    }
    check_gone(none);
}

int main(void)
{
    enum Way way;
    begin_with(true);
    ends_groups();
    ends_at_the_deadline();
    for (way = CANCELLED; way < WAYS; way++)
        ends_with(way);
    ends_at_once();
    return end();
}
