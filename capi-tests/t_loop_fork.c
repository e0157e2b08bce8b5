/* fork() while the threads of the process wait for times and descriptors: a child has threads of its own. */
#define _POSIX_C_SOURCE 200809L
#include "waits.h"
#include <sys/wait.h>
#include <unistd.h>

static int input[2];

static void make_input(void)
{
    if (pipe(input) != 0 || dup2(input[0], 0) != 0)
        exit(1);
    NEED(VM_WasiInheritInput(wasi, &error));
    NEED(VM_WasiSetMaySuspend(wasi, true, &error));
}

/* A guest that waits for a time, and one that waits for a pipe. */
static void wait_for_both(void)
{
    VM_Instance instance, other;
    VM_Context *sleeper = guest(&instance), *reader = guest(&other);
    VM_Value soon = VM_ValueI64(5);
    VM_Execution *sleeping = start(sleeper, instance, "sleep", &soon, 1), *reading = start(reader, other, "read", NULL, 0);
    CHECK(write(input[1], "four", 4) == 4);
    CHECK_OK(VM_ExecutionWait(sleeping, 60000, &error));
    CHECK_OK(VM_ExecutionWait(reading, 60000, &error));
    CHECK_INT(ended(sleeping), 1);
    CHECK_INT(ended(reading), 4);
    VM_ContextDelete(sleeper);
    VM_ContextDelete(reader);
}

/* What waits in the parent goes on in a child that waits for it, and in the parent. */
static void inherit(void)
{
    VM_Instance instance, other;
    VM_Context *sleeper = guest(&instance), *reader = guest(&other);
    VM_Value soon = VM_ValueI64(200);
    VM_Execution *sleeping = start(sleeper, instance, "sleep", &soon, 1), *reading = start(reader, other, "read", NULL, 0);
    int status = 1;
    pid_t child = fork();
    if (child > 0) {
        CHECK(waitpid(child, &status, 0) == child);
        CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    } else {
        alarm(60);
        CHECK_STATUS(VM_ExecutionWait(reading, 20, &error), VM_STATUS_WOULD_BLOCK, "within 20 milliseconds");
    }
    CHECK(write(input[1], "four", 4) == 4);
    CHECK_OK(VM_ExecutionWait(reading, 60000, &error));
    CHECK_OK(VM_ExecutionWait(sleeping, 60000, &error));
    CHECK_INT(ended(reading), 4);
    CHECK_INT(ended(sleeping), 1);
    VM_ContextDelete(sleeper);
    VM_ContextDelete(reader);
    if (child == 0)
        _exit(failures != 0);
}

int main(void)
{
    VM_Value never = VM_ValueI64(3600000);
    VM_Instance instance, other;
    VM_Context *context, *second;
    VM_Execution *execution, *reading;
    pid_t child;
    int status = 1;
    begin(NULL);
    make_input();
    wait_for_both();
    inherit();
    context = guest(&instance);
    second = guest(&other);
    execution = start(context, instance, "sleep", &never, 1);
    reading = start(second, other, "read", NULL, 0);
    child = fork();
    if (child == 0) {
        alarm(60);
        begin(NULL);
        make_input();
        wait_for_both();
        _exit(failures != 0);
    }
    CHECK(child > 0 && waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);

    /* The parent's go on. */
    CHECK(write(input[1], "four", 4) == 4);
    CHECK_OK(VM_ExecutionWait(reading, 60000, &error));
    CHECK_INT(ended(reading), 4);
    CHECK_INT(VM_ExecutionGetState(execution), VM_EXECUTION_PENDING);
    VM_ExecutionDelete(execution);
    wait_for_both();
    VM_ContextDelete(context);
    VM_ContextDelete(second);
    end();
    return finish();
}
