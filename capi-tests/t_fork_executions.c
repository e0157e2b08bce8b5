/* fork() while executions of guests and of hooks wait: they go on in the parent, and in the child, where they reach their deadlines too. */
#include "hooks_waiters.h"
#include "forks.h"

/* Long enough to wait before it is over, on a slow machine too; and what need not wait. */
enum { WAIT_MS = 600, SPIN_MS = 100 };

static VM_Module *module;
static VM_Queue *queue;
static Sleeper sleeper;
static Waiter waiter;

/* It reaches its deadline where somebody waits for it, or for its queue after it was polled once. */
static void ends_at_its_deadline(bool by_queue)
{
    if (by_queue) {
        /* On a slow machine it is late already. */
        if (VM_ExecutionPoll(sleeper.execution, NULL) == VM_STATUS_OK) {
            CHECK_OK(VM_QueueWait(queue, 60000, &error));
            CHECK(VM_QueueNext(queue) == sleeper.execution);
        }
        CHECK_STATUS(VM_ExecutionPoll(sleeper.execution, &error), VM_STATUS_TIMEOUT, "timeout of 600 ms");
    } else {
        CHECK_STATUS(VM_ExecutionWait(sleeper.execution, 60000, &error), VM_STATUS_TIMEOUT, "timeout of 600 ms");
    }
}

/* What completes it in the child does not reach the parent. */
static void goes_on_after_a_completion(void)
{
    complete(&sleeper, 4);
    CHECK_OK(VM_ExecutionWait(sleeper.execution, 60000, &error));
    CHECK_INT(result_of(sleeper.execution), 5);
}

static void hook_is_late(void)
{
    CHECK_STATUS(VM_ExecutionWait(waiter.execution, 60000, &error), VM_STATUS_TIMEOUT, "has not answered within 600 milliseconds");
}

static void waits(void)
{
    ends_at_its_deadline(false);
}

static void waits_by_queue(void)
{
    ends_at_its_deadline(true);
}

static void spins(void)
{
    CHECK_STATUS(VM_ContextExecute(sleeper.context, sleeper.instance, "spin", NO_VALUES, NO_VALUES, &error), VM_STATUS_TIMEOUT, NULL);
}

static void hooks(void)
{
    VM_Context *context = new_context(engine);
    NEED(VM_ContextAddHook(context, "point", VM_HOOK_LAST, later, NULL, NULL, &error));
    NEED(VM_ContextSetHookTimeout(context, WAIT_MS, &error));
    start_event(context, &waiter, NULL);
    CHECK_STATE(waiter.execution, VM_EXECUTION_PENDING);
    in_a_child(hook_is_late);
    hook_is_late();
    VM_ExecutionDelete(waiter.execution);
    VM_EventDelete(waiter.event);
    VM_ContextDelete(context);
}

int main(void)
{
    engine = new_engine_with(true, false);
    make_host();
    module = load(engine, GUEST("executions"));
    NEED(VM_QueueCreate(&queue, &error));
    make_sleeper(&sleeper, module);
    NEED(VM_ContextSetTimeout(sleeper.context, WAIT_MS, &error));
    start(&sleeper, "nap", 1, queue);
    CHECK_STATE(sleeper.execution, VM_EXECUTION_PENDING);
    in_a_child(waits);
    waits();
    VM_ExecutionDelete(sleeper.execution);
    start(&sleeper, "nap", 1, queue);
    in_a_child(waits_by_queue);
    waits();
    VM_ExecutionDelete(sleeper.execution);
    /* What interrupts running guests of the parent still does so, and in the child again. */
    NEED(VM_ContextSetTimeout(sleeper.context, SPIN_MS, &error));
    spins();
    in_a_child(spins);
    NEED(VM_ContextSetTimeout(sleeper.context, 100000, &error));
    start(&sleeper, "nap", 1, queue);
    in_a_child(goes_on_after_a_completion);
    CHECK_STATE(sleeper.execution, VM_EXECUTION_PENDING);
    goes_on_after_a_completion();
    VM_ExecutionDelete(sleeper.execution);
    VM_ContextDelete(sleeper.context);
    hooks();
    VM_QueueDelete(queue);
    VM_ModuleDelete(module);
    VM_HostModuleDelete(host);
    VM_EngineDelete(engine);
    return finish();
}
