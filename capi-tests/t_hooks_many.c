/* Ten thousand events that wait in one context, which goes on running guests; threads that share a context with events. */
#define _XOPEN_SOURCE 700
#include "executions.h"
#include <pthread.h>

enum { EVENTS = 10000 };

typedef struct Waiter {
    VM_Event *event;
    VM_Execution *execution;
    _Atomic VM_Token token;
} Waiter;

static VM_Status VM_CALL later(void *user, VM_Event *event)
{
    void *waiter = NULL;
    VM_Token token;
    VM_Status status;
    (void)user;
    CHECK_INT(VM_EventGetPointer(event, "waiter", &waiter), VM_STATUS_OK);
    status = VM_EventSuspend(event, NULL, &token);
    ((Waiter *)waiter)->token = token;
    return status;
}

static VM_Status VM_CALL count(void *user, VM_Event *event)
{
    int64_t number = 0;
    VM_EventGetInteger(event, "counted", &number);
    CHECK_INT(VM_EventSetInteger(event, "counted", number + 1), VM_STATUS_OK);
    ++*(atomic_int *)user;
    return VM_STATUS_OK;
}

static void start_event(VM_Context *context, Waiter *waiter, VM_Queue *queue)
{
    waiter->token = 0;
    NEED(VM_EventCreate("point", &waiter->event, &error));
    NEED(VM_EventSetPointer(waiter->event, "waiter", waiter));
    NEED(VM_ContextStartHooks(context, waiter->event, queue, &waiter->execution, &error));
}

static void end_event(Waiter *waiter)
{
    VM_Status answer = 77;
    CHECK_OK(VM_ExecutionGetAnswer(waiter->execution, &answer, &error));
    CHECK_INT(answer, VM_STATUS_OK);
    VM_ExecutionDelete(waiter->execution);
    VM_EventDelete(waiter->event);
}

static int32_t sum(VM_Context *context, VM_Instance instance, int32_t one, int32_t other)
{
    VM_Value result = VM_ValueI32(-1);
    CHECK_OK(VM_ContextExecute(context, instance, "add", VALUES(VM_ValueI32(one), VM_ValueI32(other)), &result, 1, &error));
    return result.of.i32;
}

static Waiter waiters[EVENTS];

static void *complete_all(void *unused)
{
    (void)unused;
    for (int i = EVENTS; i-- > 0;)
        CHECK_INT(VM_CompleteEvent(waiters[i].token, VM_STATUS_OK, NULL, NULL), VM_STATUS_OK);
    return NULL;
}

/* All wait at once, and are completed by another thread while this one runs guests and polls. */
static void many(VM_Module *module)
{
    static atomic_int counted;
    Sleeper sleeper;
    VM_Queue *queue = NULL;
    pthread_t thread;
    int done = 0;
    make_sleeper(&sleeper, module);
    NEED(VM_QueueCreate(&queue, &error));
    NEED(VM_ContextAddHook(sleeper.context, "point", VM_HOOK_LAST, later, NULL, NULL, &error));
    NEED(VM_ContextAddHook(sleeper.context, "point", VM_HOOK_LAST, count, &counted, NULL, &error));
    for (int i = 0; i < EVENTS; i++) {
        start_event(sleeper.context, &waiters[i], queue);
        if (i % 100 == 0)
            CHECK_INT(sum(sleeper.context, sleeper.instance, i, 1), i + 1);
    }
    CHECK_INT(counted, 0);
    CHECK(VM_QueueNext(queue) == NULL);
    if (pthread_create(&thread, NULL, complete_all, NULL) != 0)
        exit(1);
    while (done < EVENTS) {
        VM_Execution *next;
        NEED(VM_QueueWait(queue, 20000, &error));
        while ((next = VM_QueueNext(queue)) != NULL) {
            CHECK_OK(VM_ExecutionPoll(next, &error));
            CHECK_STATE(next, VM_EXECUTION_DONE);
            if (++done % 100 == 0)
                CHECK_INT(sum(sleeper.context, sleeper.instance, done, 2), done + 2);
        }
    }
    pthread_join(thread, NULL);
    CHECK_INT(counted, EVENTS);
    for (int i = 0; i < EVENTS; i++) {
        int64_t number = 0;
        CHECK_INT(VM_EventGetInteger(waiters[i].event, "counted", &number), VM_STATUS_OK);
        CHECK_INT(number, 1);
        end_event(&waiters[i]);
    }
    VM_QueueDelete(queue);
    VM_ContextDelete(sleeper.context);
}

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
    many(module);
    beside_a_suspended_guest(module);
    while_in_use(module);
    threads(module);
    VM_ModuleDelete(module);
    VM_HostModuleDelete(host);
    VM_EngineDelete(engine);
    return finish();
}
