/* The plug-in process: many contexts at once, on several threads and in one queue, each with commands of its own. */
#include "process.h"
#include <sys/wait.h>

enum { THREADS = 4, ROUNDS = 8, STARTED = 24, PATIENCE_MS = 60000 };

/* A command whose output has its number, by its arguments and its input. */
static void set_numbered(VM_Context *guest, int number)
{
    char text[20];
    snprintf(text, sizeof text, "%d", number);
    COMMAND(guest, "sh", "-c", "echo $1; cat; echo $1 >&2; exit $1", "sh", text);
    NEED(pass(guest, "stdin", text, strlen(text)));
}

static void check_numbered(VM_Context *guest, int number)
{
    char output[40], errors[20];
    snprintf(output, sizeof output, "%d\n%d", number, number);
    snprintf(errors, sizeof errors, "%d\n", number);
    CHECK_RESULT(guest, number, output, errors);
}

static void *run_commands(void *first)
{
    VM_Context *guest = new_guest();
    int i;
    for (i = 0; i < ROUNDS; i++) {
        int number = *(int *)first + i;
        set_numbered(guest, number);
        CHECK_INT(run(guest, "run", NO_VALUES), number);
        check_numbered(guest, number);
    }
    VM_ContextDelete(guest);
    forget_error();
    return NULL;
}

static void on_several_threads(void)
{
    pthread_t threads[THREADS];
    int first[THREADS], i;
    for (i = 0; i < THREADS; i++) {
        first[i] = i * ROUNDS;
        SURE(pthread_create(&threads[i], NULL, run_commands, &first[i]) == 0);
    }
    for (i = 0; i < THREADS; i++)
        SURE(pthread_join(threads[i], NULL) == 0);
}

/* One thread has many guests, none of which holds it while a command runs. */
static void in_one_queue(void)
{
    VM_Context *guests[STARTED];
    VM_Execution *executions[STARTED], *next;
    VM_Queue *queue = NULL;
    int i, count = STARTED;
    NEED(VM_QueueCreate(&queue, &error));
    for (i = 0; i < STARTED; i++) {
        guests[i] = new_guest();
        set_numbered(guests[i], i);
        executions[i] = start(guests[i], queue);
        CHECK_INT(VM_ExecutionGetState(executions[i]), VM_EXECUTION_PENDING);
    }
    while (count > 0 && VM_QueueWait(queue, PATIENCE_MS, &error) == VM_STATUS_OK)
        while ((next = VM_QueueNext(queue))) {
            CHECK_OK(VM_ExecutionPoll(next, &error));
            count -= VM_ExecutionGetState(next) == VM_EXECUTION_DONE;
        }
    CHECK_INT(count, 0);
    for (i = 0; i < STARTED; i++) {
        VM_Value result;
        CHECK_OK(VM_ExecutionGetResults(executions[i], &result, 1, &error));
        CHECK_INT(result.of.i32, 1000 + i);
        VM_ExecutionDelete(executions[i]);
        check_numbered(guests[i], i);
        VM_ContextDelete(guests[i]);
    }
    VM_QueueDelete(queue);
}

int main(void)
{
    begin_with(true);
    on_several_threads();
    in_one_queue();
    CHECK(waitpid(-1, NULL, WNOHANG) == -1);
    return end();
}
