/* Guests without end beside well-behaved ones, on one thread and one queue: each has its turns. */
#include "executions.h"

enum { GUESTS = 6, ROUNDS = 400000 };

static VM_Module *module;
static VM_Queue *queue;
static Sleeper spinner, sleepers[GUESTS];

static void make(Sleeper *sleeper, uint64_t slice_us)
{
    make_sleeper(sleeper, module);
    NEED(VM_ContextSetSlice(sleeper->context, slice_us, &error));
}

/* It goes to the end of the queue when it has used its slice, and the others end. */
static void takes_turns(void)
{
    int done = 0;
    bool again = false;
    NEED(VM_ContextStart(spinner.context, spinner.instance, "spin", NO_VALUES, queue, &spinner.execution, &error));
    CHECK_STATE(spinner.execution, VM_EXECUTION_READY);
    for (int i = 0; i < GUESTS; i++) {
        start(&sleepers[i], i % 2 ? "count" : "nap", ROUNDS, queue);
        if (i % 2 == 0)
            complete(&sleepers[i], i);
    }
    CHECK(VM_QueueNext(queue) == spinner.execution);
    CHECK_OK(VM_ExecutionPoll(spinner.execution, &error));
    CHECK_STATE(spinner.execution, VM_EXECUTION_READY);
    while (done < GUESTS) {
        VM_Execution *next = VM_QueueNext(queue);
        CHECK(next != NULL);
        if (!next)
            return;
        CHECK_OK(VM_ExecutionPoll(next, &error));
        /* Between two turns of the spinner each of the others has one. */
        CHECK(next != spinner.execution || !again);
        again = next == spinner.execution;
        done = 0;
        for (int i = 0; i < GUESTS; i++)
            done += VM_ExecutionGetState(sleepers[i].execution) == VM_EXECUTION_DONE;
    }
    CHECK(VM_QueueNext(queue) == spinner.execution);
    CHECK_STATE(spinner.execution, VM_EXECUTION_READY);
    for (int i = 0; i < GUESTS; i++) {
        CHECK_INT(result_of(sleepers[i].execution), i % 2 ? ROUNDS : i + 1);
        VM_ExecutionDelete(sleepers[i].execution);
    }
    CHECK_STATUS(VM_ExecutionWait(spinner.execution, 20, &error), VM_STATUS_WOULD_BLOCK, "within 20 milliseconds");
    CHECK_OK(VM_ExecutionCancel(spinner.execution, &error));
    CHECK_STATUS(VM_ExecutionPoll(spinner.execution, &error), VM_STATUS_CANCELLED, "the execution was cancelled");
    VM_ExecutionDelete(spinner.execution);
}

/* Several turns until it ends; a blocking call has none, and neither has a context without a slice. */
static void ends_after_its_turns(void)
{
    VM_Value value = VM_ValueI32(ROUNDS);
    /* Several milliseconds of work. */
    int32_t rounds = (is_compiled(sleepers[1].context) ? 50 : 5) * ROUNDS, turns = 1;
    start(&sleepers[1], "count", rounds, queue);
    while (VM_ExecutionGetState(sleepers[1].execution) == VM_EXECUTION_READY) {
        CHECK(VM_QueueNext(queue) == sleepers[1].execution);
        CHECK_OK(VM_ExecutionPoll(sleepers[1].execution, &error));
        turns++;
    }
    CHECK(turns > 1);
    CHECK_INT(result_of(sleepers[1].execution), rounds);
    VM_ExecutionDelete(sleepers[1].execution);
    CHECK_OK(VM_ContextExecute(sleepers[1].context, sleepers[1].instance, "count", &value, 1, &value, 1, &error));
    CHECK_INT(value.of.i32, ROUNDS);
    CHECK_OK(VM_ContextSetSlice(sleepers[1].context, 0, &error));
    start(&sleepers[1], "count", rounds, queue);
    CHECK_STATE(sleepers[1].execution, VM_EXECUTION_DONE);
    VM_ExecutionDelete(sleepers[1].execution);
}

/* One whose time is over ends in one of its turns; its deletion ends another one between two turns. */
static void ends_between_turns(void)
{
    NEED(VM_ContextSetComputeLimit(spinner.context, 20, &error));
    NEED(VM_ContextStart(spinner.context, spinner.instance, "spin", NO_VALUES, queue, &spinner.execution, &error));
    while (VM_ExecutionGetState(spinner.execution) == VM_EXECUTION_READY) {
        VM_Status status = VM_ExecutionPoll(VM_QueueNext(queue), NULL);
        CHECK(status == VM_STATUS_OK || status == VM_STATUS_TIMEOUT);
    }
    CHECK_STATUS(VM_ExecutionPoll(spinner.execution, &error), VM_STATUS_TIMEOUT, "compute limit of 20 ms");
    VM_ExecutionDelete(spinner.execution);
    NEED(VM_ContextStart(spinner.context, spinner.instance, "spin", NO_VALUES, queue, &spinner.execution, &error));
    VM_ExecutionDelete(spinner.execution);
    CHECK(VM_QueueNext(queue) == NULL);
}

/* Without a slice too, a thread that waits gets back when its time is over. */
static void ends_waiting(void)
{
    Sleeper computes;
    make(&computes, 0);
    start(&computes, "nap_and_spin", 1, NULL);
    complete(&computes, 1);
    CHECK_STATUS(VM_ExecutionWait(computes.execution, 20, &error), VM_STATUS_WOULD_BLOCK, "within 20 milliseconds");
    CHECK(VM_ErrorIsRetryable(error));
    CHECK_STATE(computes.execution, VM_EXECUTION_READY);
    CHECK_OK(VM_ExecutionCancel(computes.execution, &error));
    CHECK_STATUS(VM_ExecutionWait(computes.execution, UINT64_MAX, &error), VM_STATUS_CANCELLED, "in `nap_and_spin`: the execution was cancelled");
    CHECK_TEXT(VM_ErrorGetFunctionName(error), "nap_and_spin");
    VM_ExecutionDelete(computes.execution);
    VM_ContextDelete(computes.context);
}

int main(void)
{
    engine = new_engine_with(true, false);
    make_host();
    module = load(engine, GUEST("executions"));
    NEED(VM_QueueCreate(&queue, &error));
    make(&spinner, 500);
    for (int i = 0; i < GUESTS; i++)
        make(&sleepers[i], i % 2 ? 500 : 60000000); /* those that wait must get there in their first turn */
    takes_turns();
    ends_after_its_turns();
    ends_between_turns();
    ends_waiting();
    for (int i = 0; i < GUESTS; i++)
        VM_ContextDelete(sleepers[i].context);
    VM_ContextDelete(spinner.context);
    VM_QueueDelete(queue);
    VM_ModuleDelete(module);
    VM_HostModuleDelete(host);
    VM_EngineDelete(engine);
    return finish();
}
