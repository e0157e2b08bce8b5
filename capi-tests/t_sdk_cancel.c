/* One plug-in in each language: calls that are suspended with a notification of their cancellation. */
#include "sdk_more.h"

static VM_Context *context;

static VM_Execution *start(int32_t argument)
{
    VM_Execution *execution = NULL;
    VM_Value value = VM_ValueI32(argument);
    NEED(VM_ContextStart(context, latest(context), "wait", &value, 1, NULL, &execution, &error));
    return execution;
}

/* The status of the completion of the kept call, or -1. */
static int64_t finish_kept(void)
{
    VM_Event *event = NULL;
    VM_Status answer;
    int64_t status = -1;
    NEED(VM_EventCreate("more.finish", &event, &error));
    CHECK_OK(VM_ContextInvokeHooks(context, event, &answer, &error));
    VM_EventGetInteger(event, "call", &status);
    VM_EventDelete(event);
    return status;
}

static void completed(void)
{
    VM_Execution *execution;
    VM_Value value = VM_ValueI32(0);
    CHECK_INT(run(context, "wait", VALUES(VM_ValueI32(0))), 42);
    execution = start(1);
    CHECK_INT(VM_ExecutionGetState(execution), VM_EXECUTION_PENDING);
    CHECK_INT(finish_kept(), VM_STATUS_OK);
    CHECK_OK(VM_ExecutionPoll(execution, &error));
    CHECK_OK(VM_ExecutionGetResults(execution, &value, 1, &error));
    CHECK_INT(value.of.i32, 7);
    VM_ExecutionDelete(execution);
    CHECK_INT(finish_kept(), -1);
    CHECK_SAID("");
}

static void cancelled(void)
{
    VM_Execution *execution = start(1);
    CHECK_OK(VM_ExecutionCancel(execution, &error));
    CHECK_STATUS(VM_ExecutionPoll(execution, &error), VM_STATUS_CANCELLED, NULL);
    VM_ExecutionDelete(execution);
    CHECK_SAID("more call cancelled; ");
    CHECK_INT(finish_kept(), VM_STATUS_STALE);

    execution = start(1);
    VM_ExecutionDelete(execution);
    CHECK_SAID("more call cancelled; ");
    CHECK_INT(finish_kept(), VM_STATUS_STALE);
}

/* On a slow machine its time may be over before it has called the plug-in: then it gets more. */
static void out_of_time(void)
{
    uint64_t ms = 1;
    do {
        VM_Execution *execution;
        CHECK_OK(VM_ContextSetTimeout(context, ms, &error));
        execution = start(1);
        CHECK_STATUS(VM_ExecutionWait(execution, 60000, &error), VM_STATUS_TIMEOUT, NULL);
        VM_ExecutionDelete(execution);
        ms *= 4;
    } while (said[0] == '\0' && ms < 60000);
    CHECK_SAID("more call cancelled; ");
    CHECK_OK(VM_ContextSetTimeout(context, 0, &error));
    CHECK_INT(finish_kept(), VM_STATUS_STALE);
}

static void ended_with_the_context(void)
{
    VM_Execution *execution = start(1);
    CHECK_OK(VM_ContextReset(context, &error));
    CHECK_SAID("more call cancelled; ");
    VM_ExecutionDelete(execution);
    CHECK_INT(finish_kept(), -1);
    instantiate(engine, context, GUEST("more"));
    execution = start(1);
    VM_ContextDelete(context);
    CHECK_SAID("more call cancelled; ");
    VM_ExecutionDelete(execution);
}

static void check(void)
{
    context = context_with("");
    instantiate(engine, context, GUEST("more"));
    completed();
    cancelled();
    out_of_time();
    ended_with_the_context();
}

int main(void) { return for_each_language(check); }
