/* Executions end in every order: contexts are reset and deleted, executions cancelled and deleted, queues and engines deleted. */
#include "executions.h"

static VM_Module *module;
static VM_Queue *queue;
static Sleeper sleeper;

/* What an execution is doing when something ends it. */
enum { PENDING, READY, HANDED_OUT, STATES };

static void make_state(int state)
{
    make_sleeper(&sleeper, module);
    start(&sleeper, "nap", 1, queue);
    if (state != PENDING)
        complete(&sleeper, 1);
    if (state == HANDED_OUT)
        CHECK(VM_QueueNext(queue) == sleeper.execution);
}

/* Its owners were told, once, and nothing goes on. */
static void check_ended(int state)
{
    VM_Value value = VM_ValueI32(1);
    CHECK_INT(sleeper.ended, 1);
    CHECK_INT(sleeper.cancelled, 1);
    CHECK_INT(sleeper.released, 1);
    CHECK_STATUS(VM_Complete(sleeper.token, &value, 1, &error), VM_STATUS_STALE,
                 state == PENDING ? "is the number of a suspended call that has ended, and cannot be completed" : "cannot be completed");
}

static void check_failed(const char *why)
{
    CHECK_STATE(sleeper.execution, VM_EXECUTION_FAILED);
    for (int i = 0; i < 2; i++)
        CHECK_STATUS(VM_ExecutionPoll(sleeper.execution, &error), VM_STATUS_CANCELLED, why);
    CHECK_STATUS(VM_ExecutionWait(sleeper.execution, 0, &error), VM_STATUS_CANCELLED, why);
    CHECK_STATUS(VM_ExecutionCancel(sleeper.execution, &error), VM_STATUS_STALE, "has already ended");
    CHECK(VM_QueueNext(queue) == NULL);
}

/* A reset and the deletion of the context cancel it, and its owner finds it in the queue. */
static void with_its_context(void)
{
    for (int state = 0; state < STATES; state++) {
        for (int reset = 0; reset < 2; reset++) {
            const char *why = reset ? "the execution was cancelled: its context was reset"
                                    : "the execution was cancelled: its context was deleted";
            make_state(state);
            if (reset)
                CHECK_OK(VM_ContextReset(sleeper.context, &error));
            else
                VM_ContextDelete(sleeper.context);
            check_ended(state);
            CHECK(VM_QueueNext(queue) == (state == HANDED_OUT ? NULL : sleeper.execution));
            check_failed(why);
            VM_ExecutionDelete(sleeper.execution);
            if (reset) {
                VM_Value value = VM_ValueI32(20);
                NEED(VM_ContextInstantiate(sleeper.context, module, &sleeper.instance, &error));
                start(&sleeper, "nap", 2, queue);
                complete(&sleeper, 20);
                CHECK_OK(VM_ExecutionWait(sleeper.execution, UINT64_MAX, &error));
                CHECK_INT(result_of(sleeper.execution), value.of.i32 + 1);
                VM_ContextDelete(sleeper.context);
                VM_ExecutionDelete(sleeper.execution);
            }
        }
    }
}

/* The deletion of the execution cancels it, and the context can be used at once. */
static void with_its_handle(void)
{
    for (int state = 0; state < STATES; state++) {
        VM_Value sum;
        make_state(state);
        CHECK_STATUS(VM_ContextExecute(sleeper.context, sleeper.instance, "add", VALUES(VM_ValueI32(1), VM_ValueI32(2)), &sum, 1, &error),
                     VM_STATUS_BUSY, "the context has an unfinished execution, a call of `nap`; poll it (VM_ExecutionPoll) until it has ended");
        CHECK(VM_ErrorIsRetryable(error));
        VM_ExecutionDelete(sleeper.execution);
        check_ended(state);
        CHECK(VM_QueueNext(queue) == NULL);
        CHECK_OK(VM_ContextExecute(sleeper.context, sleeper.instance, "add", VALUES(VM_ValueI32(1), VM_ValueI32(2)), &sum, 1, &error));
        CHECK_INT(sum.of.i32, 3);
        VM_ContextDelete(sleeper.context);
    }
}

/* All orders in which execution, context and queue can be deleted, engine and module first. */
static void in_every_order(void)
{
    static const char *const orders[] = { "ecq", "eqc", "ceq", "cqe", "qec", "qce" };
    for (int i = 0; i < 6 * (STATES - 1); i++) {
        VM_Engine *const former = engine;
        VM_Queue *own = NULL;
        VM_Module *own_module;
        NEED(VM_QueueCreate(&own, &error));
        engine = new_engine();
        own_module = load(engine, GUEST("executions"));
        make_sleeper(&sleeper, own_module);
        start(&sleeper, "nap", 1, own);
        if (i >= 6)
            complete(&sleeper, 1);
        VM_ModuleDelete(own_module);
        VM_EngineDelete(engine);
        engine = former;
        for (const char *next = orders[i % 6]; *next; next++) {
            if (*next == 'e')
                VM_ExecutionDelete(sleeper.execution);
            else if (*next == 'c')
                VM_ContextDelete(sleeper.context);
            else
                VM_QueueDelete(own);
        }
        check_ended(i >= 6);
    }
}

/* The callback that is called at the end may use what it is about. */
static void VM_CALL delete_all(void *context, VM_Execution *execution)
{
    CHECK_STATE(execution, VM_EXECUTION_DONE);
    CHECK_INT(result_of(execution), 2);
    VM_ExecutionDelete(execution);
    VM_ContextDelete(context);
}

static void VM_CALL start_again(void *other, VM_Execution *execution)
{
    Sleeper *again = other;
    CHECK_STATE(execution, VM_EXECUTION_FAILED);
    start(again, "nap", 7, queue);
    CHECK_INT(again->argument, 7);
}

static void in_their_callbacks(void)
{
    make_sleeper(&sleeper, module);
    start(&sleeper, "nap", 1, queue);
    CHECK_OK(VM_ExecutionSetCallback(sleeper.execution, delete_all, sleeper.context, NULL, &error));
    complete(&sleeper, 1);
    CHECK_OK(VM_ExecutionPoll(VM_QueueNext(queue), &error));

    make_sleeper(&sleeper, module);
    start(&sleeper, "trap", 1, queue);
    VM_Execution *first = sleeper.execution;
    CHECK_OK(VM_ExecutionSetCallback(first, start_again, &sleeper, NULL, &error));
    complete(&sleeper, 1);
    CHECK_STATUS(VM_ExecutionPoll(first, &error), VM_STATUS_TRAP, NULL);
    CHECK(first != sleeper.execution);
    VM_ExecutionDelete(first);
    complete(&sleeper, 8);
    CHECK_OK(VM_ExecutionPoll(sleeper.execution, &error));
    CHECK_INT(result_of(sleeper.execution), 9);
    VM_ContextDelete(sleeper.context);
    VM_ExecutionDelete(sleeper.execution);
}

int main(void)
{
    engine = new_engine();
    make_host();
    module = load(engine, GUEST("executions"));
    NEED(VM_QueueCreate(&queue, &error));
    with_its_context();
    with_its_handle();
    in_every_order();
    in_their_callbacks();
    VM_QueueDelete(queue);
    VM_ModuleDelete(module);
    VM_HostModuleDelete(host);
    VM_EngineDelete(engine);
    return finish();
}
