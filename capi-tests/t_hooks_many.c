/* Ten thousand events that wait in one context, which goes on running guests. */
#include "hooks_waiters.h"

enum { EVENTS = 10000 };

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

int main(void)
{
    engine = new_engine();
    make_host();
    VM_Module *module = load(engine, GUEST("executions"));
    many(module);
    VM_ModuleDelete(module);
    VM_HostModuleDelete(host);
    VM_EngineDelete(engine);
    return finish();
}
