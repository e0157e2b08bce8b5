/* Events in a context that is in use: by an unfinished execution, by a guest, by other threads. */
#include "hooks_waiters.h"

/* While a guest's execution is suspended in the context, events start, wait and go on. */
static void beside_a_suspended_guest(VM_Module *module)
{
    static atomic_int counted;
    Sleeper sleeper;
    Waiter waiter;
    VM_Value value;
    VM_Status answer;
    make_sleeper(&sleeper, module);
    NEED(VM_ContextAddHook(sleeper.context, "point", VM_HOOK_LAST, later, NULL, NULL, &error));
    NEED(VM_ContextAddHook(sleeper.context, "point", VM_HOOK_LAST, count, &counted, NULL, &error));
    NEED(VM_ContextAddHook(sleeper.context, "other", VM_HOOK_LAST, count, &counted, NULL, &error));
    start(&sleeper, "nap", 5, NULL);
    CHECK_STATE(sleeper.execution, VM_EXECUTION_PENDING);
    start_event(sleeper.context, &waiter, NULL);
    CHECK_STATE(waiter.execution, VM_EXECUTION_PENDING);
    CHECK_STATUS(VM_ContextExecute(sleeper.context, sleeper.instance, "add", VALUES(VM_ValueI32(1), VM_ValueI32(1)), &value, 1, &error),
                 VM_STATUS_BUSY, "an unfinished execution, a call of `nap`");
    VM_Event *other = NULL;
    NEED(VM_EventCreate("other", &other, &error));
    CHECK_OK(VM_ContextInvokeHooks(sleeper.context, other, &answer, &error));
    VM_EventDelete(other);
    CHECK_OK(VM_CompleteEvent(waiter.token, VM_STATUS_OK, NULL, &error));
    CHECK_OK(VM_ExecutionPoll(waiter.execution, &error));
    end_event(&waiter);
    CHECK_INT(counted, 2);
    complete(&sleeper, 20);
    CHECK_OK(VM_ExecutionPoll(sleeper.execution, &error));
    CHECK_INT(result_of(sleeper.execution), 21);
    VM_ExecutionDelete(sleeper.execution);
    VM_ContextDelete(sleeper.context);
}

/* A host function of a guest polls an event of the same context, and lets another thread do it, which gets it when the guest is done. */
static Waiter inside_waiter;
static void *poll_elsewhere(void *unused)
{
    (void)unused;
    CHECK_OK(VM_ExecutionPoll(inside_waiter.execution, &error));
    CHECK_STATE(inside_waiter.execution, VM_EXECUTION_PENDING); /* until the context is left */
    forget_error();
    return NULL;
}

static void poll_inside(Sleeper *sleeper)
{
    pthread_t thread;
    (void)sleeper;
    CHECK_OK(VM_CompleteEvent(inside_waiter.token, VM_STATUS_OK, NULL, &error));
    CHECK_STATUS(VM_ExecutionPoll(inside_waiter.execution, &error), VM_STATUS_REENTRANT, NULL);
    CHECK_STATE(inside_waiter.execution, VM_EXECUTION_READY);
    if (pthread_create(&thread, NULL, poll_elsewhere, NULL) != 0)
        exit(1);
    pthread_join(thread, NULL);
    forget_error();
}

static void while_in_use(VM_Module *module)
{
    static atomic_int counted;
    Sleeper sleeper;
    VM_Queue *queue = NULL;
    make_sleeper(&sleeper, module);
    sleeper.inside = poll_inside;
    NEED(VM_QueueCreate(&queue, &error));
    NEED(VM_ContextAddHook(sleeper.context, "point", VM_HOOK_LAST, later, NULL, NULL, &error));
    NEED(VM_ContextAddHook(sleeper.context, "point", VM_HOOK_LAST, count, &counted, NULL, &error));
    start_event(sleeper.context, &inside_waiter, queue);
    start(&sleeper, "nap", 5, NULL); /* leaves the context to the unfinished execution */
    CHECK(VM_QueueNext(queue) == inside_waiter.execution);
    CHECK_OK(VM_ExecutionPoll(inside_waiter.execution, &error));
    end_event(&inside_waiter);
    sleeper.inside = NULL;
    complete(&sleeper, 1);
    CHECK_OK(VM_ExecutionPoll(sleeper.execution, &error));
    VM_ExecutionDelete(sleeper.execution);
    VM_QueueDelete(queue);
    VM_ContextDelete(sleeper.context);
}

/* Threads that poll, complete and run guests in one context. */
enum { THREADS = 4, ROUNDS = 200 };
static Sleeper shared;
static VM_Queue *shared_queue;
static atomic_int finished;

static void *share_context(void *argument)
{
    Waiter mine;
    (void)argument;
    for (int i = 0; i < ROUNDS; i++) {
        VM_Status started = VM_STATUS_BUSY;
        mine.token = 0;
        NEED(VM_EventCreate("point", &mine.event, &error));
        NEED(VM_EventSetPointer(mine.event, "waiter", &mine));
        while (started == VM_STATUS_BUSY) /* another thread is in the context */
            started = VM_ContextStartHooks(shared.context, mine.event, shared_queue, &mine.execution, NULL);
        CHECK_INT(started, VM_STATUS_OK);
        VM_Value result;
        VM_ContextExecute(shared.context, shared.instance, "add", VALUES(VM_ValueI32(1), VM_ValueI32(1)), &result, 1, NULL);
        CHECK_INT(VM_CompleteEvent(mine.token, VM_STATUS_OK, NULL, NULL), VM_STATUS_OK);
        for (VM_Execution *next; (next = VM_QueueNext(shared_queue)) != NULL;)
            VM_ExecutionPoll(next, NULL);
        CHECK_OK(VM_ExecutionWait(mine.execution, 20000, &error));
        end_event(&mine);
        finished++;
    }
    forget_error();
    return NULL;
}

static void threads(VM_Module *module)
{
    static atomic_int counted;
    pthread_t all[THREADS];
    make_sleeper(&shared, module);
    NEED(VM_QueueCreate(&shared_queue, &error));
    NEED(VM_ContextAddHook(shared.context, "point", VM_HOOK_LAST, later, NULL, NULL, &error));
    NEED(VM_ContextAddHook(shared.context, "point", VM_HOOK_LAST, count, &counted, NULL, &error));
    for (int i = 0; i < THREADS; i++)
        if (pthread_create(&all[i], NULL, share_context, NULL) != 0)
            exit(1);
    for (int i = 0; i < THREADS; i++)
        pthread_join(all[i], NULL);
    CHECK_INT(finished, THREADS * ROUNDS);
    CHECK_INT(counted, THREADS * ROUNDS);
    VM_QueueDelete(shared_queue);
    VM_ContextDelete(shared.context);
}

int main(void)
{
    engine = new_engine();
    make_host();
    VM_Module *module = load(engine, GUEST("executions"));
    beside_a_suspended_guest(module);
    while_in_use(module);
    threads(module);
    VM_ModuleDelete(module);
    VM_HostModuleDelete(host);
    VM_EngineDelete(engine);
    return finish();
}
