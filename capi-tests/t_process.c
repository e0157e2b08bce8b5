/* The plug-in process: a guest starts commands, and gets their exit codes and what they have written. */
#include "process.h"

static VM_Context *guest;

static void gets_output(void)
{
    CHECK_RESULT(guest, 0, "", "");
    COMMAND(guest, "echo", "hello", "", "a b");
    CHECK_RUN(guest, 0, "hello  a b\n", "");
    COMMAND(guest, "sh", "-c", "printf out; printf err >&2; exit 3");
    CHECK_RUN(guest, 3, "out", "err");
    CHECK_RESULT(guest, 3, "out", "err"); /* it stays */
    COMMAND(guest, "sh", "-c", "printf \"$0 $#\"", "sh");
    CHECK_RUN(guest, 0, "sh 0", "");
    COMMAND(guest, "/bin/echo", "-n", "by its path");
    CHECK_RUN(guest, 0, "by its path", "");
    COMMAND(guest, "true");
    CHECK_INT(run(guest, "runs", NO_VALUES), 1000);
    CHECK_RESULT(guest, 0, "", "");
    COMMAND(guest, "sh", "-c", "exit 255");
    CHECK_INT(run(guest, "runs", NO_VALUES), 1255);
}

static void passes_input(void)
{
    COMMAND(guest, "cat");
    CHECK_RUN(guest, 0, "", ""); /* an empty standard input, which ends */
    COMMAND(guest, "cat");
    CHECK_OK(pass(guest, "stdin", "one ", 4));
    CHECK_OK(pass(guest, "stdin", "\xff\0two", 5));
    CHECK_INT(run(guest, "run", NO_VALUES), 0);
    size_t size;
    char *found = written(guest, "stdout", &size);
    CHECK_INT(size, 9);
    CHECK(memcmp(found, "one \xff\0two", 9) == 0);
    free(found);
    /* All that was set is forgotten after a run. */
    CHECK_RUN(guest, -1, "", "process: `` was not started: no program was set\n");
    COMMAND(guest, "cat");
    CHECK_RUN(guest, 0, "", "");
    /* A command that does not read its input. */
    COMMAND(guest, "sh", "-c", "exec <&-; sleep 0.05; echo closed");
    for (int i = 0; i < 10; i++)
        CHECK_OK(pass(guest, "stdin", said, sizeof said));
    CHECK_RUN(guest, 0, "closed\n", "");
}

static void tells_how_it_ended(void)
{
    char reason[100];
    int32_t ms = 250;
    COMMAND(guest, "sh", "-c", "kill -9 $$");
    CHECK_RUN(guest, 137, "", "process: `sh` was ended by the signal 9\n");
    COMMAND(guest, "sh", "-c", "printf begun; printf unfinished >&2; kill -TERM $$");
    CHECK_RUN(guest, 143, "begun", "unfinished\nprocess: `sh` was ended by the signal 15\n");
    COMMAND(guest, "sh", "-c", "exit 137");
    CHECK_RUN(guest, 137, "", "");
    COMMAND(guest, "sleep", "60");
    set_timeout(guest, 50);
    CHECK_RUN(guest, -2, "", "process: `sleep` was ended: its timeout of 50 ms is over\n");
    do { /* a slow machine needs more time */
        COMMAND(guest, "sh", "-c", "printf begun; exec sleep 60");
        set_timeout(guest, ms);
        CHECK_INT(run(guest, "run", NO_VALUES), -2);
    } while (run(guest, "stdout_len", NO_VALUES) == 0 && (ms *= 2) < 60000);
    snprintf(reason, sizeof reason, "process: `sh` was ended: its timeout of %d ms is over\n", (int)ms);
    CHECK_RESULT(guest, -2, "begun", reason);
    COMMAND(guest, "sleep", "60");
    set_timeout(guest, 0);
    CHECK_RUN(guest, -2, "", "process: `sleep` was ended: its timeout of 0 ms is over\n");
    /* The next one has the usual timeout. */
    COMMAND(guest, "sleep", "0.1");
    CHECK_RUN(guest, 0, "", "");
}

static void traps(void)
{
    static const char *const functions[] = { "program", "argument", "stdin" };
    size_t i;
    for (i = 0; i < 3; i++) {
        CHECK_STATUS(VM_ContextExecute(guest, latest(guest), functions[i], VALUES(VM_ValueI32(131071), VM_ValueI32(2)), NULL, 0, &error),
                     VM_STATUS_OUT_OF_BOUNDS, NULL);
        CHECK_STATUS(VM_ContextExecute(guest, latest(guest), functions[i], VALUES(VM_ValueI32(-1), VM_ValueI32(-1)), NULL, 0, &error),
                     VM_STATUS_OUT_OF_BOUNDS, NULL);
    }
    for (i = 0; i < 2; i++) {
        VM_Value args[4] = { VM_ValueI32(0), VM_ValueI32(1), VM_ValueI32(0), VM_ValueI32(1) };
        args[i * 2] = VM_ValueI32(131072);
        CHECK_STATUS(VM_ContextExecute(guest, latest(guest), "variable", args, 4, NULL, 0, &error), VM_STATUS_OUT_OF_BOUNDS, NULL);
    }
    COMMAND(guest, "sh", "-c", "printf out; printf err >&2");
    CHECK_INT(run(guest, "run", NO_VALUES), 0);
    for (i = 0; i < 2; i++)
        CHECK_STATUS(VM_ContextExecute(guest, latest(guest), i ? "stdout" : "stderr", VALUES(VM_ValueI32(131070)), NULL, 0, &error),
                     VM_STATUS_OUT_OF_BOUNDS, NULL);
    CHECK_RESULT(guest, 0, "out", "err");
    CHECK_STATUS(pass(guest, "program", "a\0b", 3), VM_STATUS_INVALID_ARGUMENT, "the program of a command contains a NUL");
    CHECK_STATUS(pass(guest, "program", "\xff", 1), VM_STATUS_BAD_UTF8, "a string is not UTF-8 at byte 0");
    CHECK_STATUS(pass(guest, "argument", "\0", 1), VM_STATUS_INVALID_ARGUMENT, "an argument of a command contains a NUL");
    CHECK_STATUS(set_variable(guest, "A=B", ""), VM_STATUS_INVALID_ARGUMENT, "has no `=`");
    CHECK_STATUS(set_variable(guest, "", "a"), VM_STATUS_INVALID_ARGUMENT, "is not empty");
}

/* Too many arguments. */
static void has_bounds(void)
{
    static char argument[131072];
    int count = 0;
    memset(argument, 'a', sizeof argument);
    while (pass(guest, "argument", argument, sizeof argument) == VM_STATUS_OK && count < 100)
        count++;
    CHECK_INT(count, 15);
    CHECK_STATUS(pass(guest, "argument", argument, sizeof argument), VM_STATUS_LIMIT,
                 "a command with its arguments and variables has at most 2097152 bytes");
    CHECK_OK(set_variable(guest, "A", "b"));
    CHECK_RUN(guest, -1, "", "process: `` was not started: no program was set\n");
    COMMAND(guest, "true");
    CHECK_OK(pass(guest, "argument", argument, sizeof argument - 1));
    CHECK_RUN(guest, 0, "", "");
}

/* Where a blocking call may not wait, nothing begins. */
static void may_not_block(void)
{
    VM_ContextConfig *config = NULL;
    VM_Context *context = NULL;
    VM_Value result;
    NEED(VM_ContextConfigCreate(&config, &error));
    NEED(VM_ContextConfigSetMayBlock(config, false, &error));
    NEED(VM_ContextCreate(engine, config, &context, &error));
    VM_ContextConfigDelete(config);
    NEED(VM_ContextSetPluginOptionBool(context, "process", "allow-all", true, &error));
    add_guest(context);
    COMMAND(context, "touch", in_scratch("touched").text);
    CHECK_STATUS(VM_ContextExecute(context, latest(context), "run", NO_VALUES, &result, 1, &error), VM_STATUS_WOULD_BLOCK, NULL);
    CHECK(access(in_scratch("touched").text, F_OK) == -1);
    VM_ContextDelete(context);
}

int main(void)
{
    begin_with(true);
    guest = new_guest();
    gets_output();
    passes_input();
    tells_how_it_ended();
    traps();
    has_bounds();
    may_not_block();
    VM_ContextDelete(guest);
    return end();
}
