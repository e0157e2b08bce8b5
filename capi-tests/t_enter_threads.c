/* A context that a thread has entered, and other threads: events that wait, a fork, and threads that take turns. */
#include "hooks_waiters.h"
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static VM_Module *module;
static VM_Queue *queue;
static Sleeper sleeper;
static Waiter waiter;

static void *polls_the_event(void *unused)
{
    CHECK_OK(VM_ExecutionPoll(waiter.execution, &error));
    CHECK_STATE(waiter.execution, VM_EXECUTION_PENDING); /* until the context is left */
    forget_error();
    return unused;
}

static void elsewhere(void *(*work)(void *), void *argument)
{
    pthread_t thread;
    CHECK_INT(pthread_create(&thread, NULL, work, argument), 0);
    CHECK_INT(pthread_join(thread, NULL), 0);
}

/* Beside an unfinished execution too. */
static void events(void)
{
    static atomic_int counted;
    for (int unfinished = 0; unfinished < 2; unfinished++) {
        make_sleeper(&sleeper, module);
        NEED(VM_ContextAddHook(sleeper.context, "point", VM_HOOK_LAST, later, NULL, NULL, &error));
        NEED(VM_ContextAddHook(sleeper.context, "point", VM_HOOK_LAST, count, &counted, NULL, &error));
        CHECK_OK(VM_ContextEnter(sleeper.context, &error));
        start_event(sleeper.context, &waiter, queue);
        if (unfinished)
            start(&sleeper, "nap", 5, NULL);
        CHECK_OK(VM_CompleteEvent(waiter.token, VM_STATUS_OK, NULL, &error));
        CHECK(VM_QueueNext(queue) == waiter.execution);
        elsewhere(polls_the_event, NULL);
        if (!unfinished)
            CHECK_INT(sum(sleeper.context, sleeper.instance, 2, 3), 5);
        CHECK(VM_QueueNext(queue) == NULL);
        CHECK_OK(VM_ContextLeave(sleeper.context, &error));
        CHECK(VM_QueueNext(queue) == waiter.execution);
        CHECK_OK(VM_ExecutionPoll(waiter.execution, &error));
        end_event(&waiter);
        VM_ContextDelete(sleeper.context);
        if (unfinished)
            VM_ExecutionDelete(sleeper.execution);
    }
    CHECK_INT(counted, 2);
}

/* The thread that holds the context goes on with its event itself. */
static void own_event(void)
{
    static atomic_int counted;
    make_sleeper(&sleeper, module);
    NEED(VM_ContextAddHook(sleeper.context, "point", VM_HOOK_LAST, later, NULL, NULL, &error));
    NEED(VM_ContextAddHook(sleeper.context, "point", VM_HOOK_LAST, count, &counted, NULL, &error));
    CHECK_OK(VM_ContextEnter(sleeper.context, &error));
    start_event(sleeper.context, &waiter, queue);
    CHECK_OK(VM_CompleteEvent(waiter.token, VM_STATUS_OK, NULL, &error));
    CHECK(VM_QueueNext(queue) == waiter.execution);
    CHECK_OK(VM_ExecutionPoll(waiter.execution, &error));
    end_event(&waiter);
    CHECK_INT(counted, 1);
    CHECK_OK(VM_ContextLeave(sleeper.context, &error));
    VM_ContextDelete(sleeper.context);
}

static void *takes_turns(void *calls)
{
    for (int turn = 0; turn < 50; turn++) {
        while (VM_ContextEnter(sleeper.context, NULL) != VM_STATUS_OK)
            sched_yield();
        for (int i = 0; i < 20; i++, ++*(int *)calls)
            CHECK_INT(sum(sleeper.context, sleeper.instance, i, turn), i + turn);
        CHECK_OK(VM_ContextLeave(sleeper.context, &error));
    }
    forget_error();
    return NULL;
}

static void turns(void)
{
    int calls = 0, status = -1;
    pthread_t threads[4];
    make_sleeper(&sleeper, module);
    for (int i = 0; i < 4; i++)
        CHECK_INT(pthread_create(&threads[i], NULL, takes_turns, &calls), 0);
    for (int i = 0; i < 4; i++)
        CHECK_INT(pthread_join(threads[i], NULL), 0);
    CHECK_INT(calls, 4 * 50 * 20);

    /* The child has the thread that has entered it. */
    CHECK_OK(VM_ContextEnter(sleeper.context, &error));
    pid_t child = fork();
    if (child == 0) {
        /* An exit would have what the other threads of the parent had counted as lost, by those who look for that. */
        if (sum(sleeper.context, sleeper.instance, 3, 4) == 7 && VM_ContextLeave(sleeper.context, NULL) == VM_STATUS_OK)
            raise(SIGKILL);
        _exit(1);
    }
    CHECK(waitpid(child, &status, 0) == child && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    CHECK_OK(VM_ContextLeave(sleeper.context, &error));
    VM_ContextDelete(sleeper.context);
}

int main(void)
{
    engine = new_engine();
    module = load(engine, GUEST("executions"));
    make_host();
    NEED(VM_QueueCreate(&queue, &error));
    events();
    own_event();
    turns();
    VM_QueueDelete(queue);
    VM_HostModuleDelete(host);
    VM_ModuleDelete(module);
    VM_EngineDelete(engine);
    return finish();
}
