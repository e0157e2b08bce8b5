/* Hooks of thread-affine and serialized plug-ins: they are called, resumed and cancelled where and when their code may run. */
#include "hooks.h"

typedef struct Work {
    VM_Context *context;
    VM_Execution *execution;
    VM_Status status;
} Work;

static void *poll_it(void *argument)
{
    Work *work = argument;
    work->status = VM_ExecutionPoll(work->execution, &error);
    CHECK(work->status == VM_STATUS_OK || strstr(VM_ErrorGetMessage(error), "the hook of plug-in `hooks_affine` at `chain` was not resumed"));
    forget_error();
    return NULL;
}

static void *invoke_it(void *argument)
{
    Work *work = argument;
    VM_Event *event = EVENT(NO_PAIRS);
    VM_Status answer;
    work->status = VM_ContextInvokeHooks(work->context, event, &answer, &error);
    CHECK(work->status == VM_STATUS_OK || strstr(VM_ErrorGetMessage(error), "the hook of plug-in `hooks_affine` at `chain` was not called"));
    VM_EventDelete(event);
    forget_error();
    return NULL;
}

static void *delete_it(void *argument)
{
    VM_ExecutionDelete(((Work *)argument)->execution);
    return NULL;
}

static void elsewhere(void *(*what)(void *), Work *work)
{
    pthread_t thread;
    SURE(pthread_create(&thread, NULL, what, work) == 0);
    SURE(pthread_join(thread, NULL) == 0);
}

/* Starts an event that waits for the plug-in. */
static VM_Event *wait_for(Work *work, const char *plugin)
{
    VM_Event *event = EVENT(plugin, "resume");
    NEED(VM_ContextStartHooks(work->context, event, NULL, &work->execution, &error));
    CHECK_INT(VM_ExecutionGetState(work->execution), VM_EXECUTION_PENDING);
    return event;
}

static void affine(void)
{
    Work work = { context_of(REGISTRY_WITH("hooks_affine"), NULL), NULL, 0 };
    CHECK_ANSWER(work.context, EVENT(NO_PAIRS), VM_STATUS_OK, "hooks_affine ");
    elsewhere(invoke_it, &work);
    CHECK_INT(work.status, VM_STATUS_WRONG_THREAD);

    /* Deleted elsewhere: cancelled at home. */
    VM_Event *event = wait_for(&work, "hooks_affine");
    said[0] = '\0';
    elsewhere(delete_it, &work);
    CHECK_SAID("");
    CHECK_ANSWER(work.context, EVENT(NO_PAIRS), VM_STATUS_OK, "hooks_affine ");
    CHECK_SAID("hooks_affine cancel; hooks_affine release; ");
    VM_Token token = (VM_Token)integer_of(event, "token");
    CHECK_STATUS(VM_CompleteEvent(token, VM_STATUS_OK, NULL, &error), VM_STATUS_STALE, NULL);

    /* No other token is made meanwhile: the next one is the number after this, above the 16 bits that are the same in all. */
    NEED(VM_ContextStartHooks(work.context, event, NULL, &work.execution, &error));
    CHECK_OK(VM_CompleteEvent(token + 0x10000, VM_STATUS_OK, NULL, &error));
    elsewhere(poll_it, &work);
    CHECK_INT(work.status, VM_STATUS_WRONG_THREAD);
    CHECK_STATUS(VM_ExecutionPoll(work.execution, &error), VM_STATUS_WRONG_THREAD, "was not resumed");
    VM_ExecutionDelete(work.execution);
    VM_EventDelete(event);
    VM_ContextDelete(work.context);
    said[0] = '\0';
}

static void serialized(void)
{
    Work work = { context_of(REGISTRY_WITH("hooks_serialized"), NULL), NULL, 0 };
    elsewhere(invoke_it, &work);
    CHECK_INT(work.status, VM_STATUS_OK);
    VM_Event *event = wait_for(&work, "hooks_serialized");
    said[0] = '\0';
    elsewhere(delete_it, &work);
    CHECK_SAID("hooks_serialized cancel; hooks_serialized release; ");
    VM_Token token = (VM_Token)integer_of(event, "token");
    NEED(VM_ContextStartHooks(work.context, event, NULL, &work.execution, &error));
    CHECK_OK(VM_CompleteEvent(token + 0x10000, VM_STATUS_COMPLETE, "done", &error));
    elsewhere(poll_it, &work);
    CHECK_INT(work.status, VM_STATUS_OK);
    CHECK_TEXT(string_of(event, "text"), "done");
    VM_ExecutionDelete(work.execution);
    VM_EventDelete(event);
    VM_ContextDelete(work.context);
    said[0] = '\0';
}

int main(void)
{
    start_listening();
    engine = new_engine();
    affine();
    serialized();
    VM_EngineDelete(engine);
    return finish();
}
