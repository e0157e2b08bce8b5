/* Events that wait when their execution, their context or they themselves end; and what the wrong event, thread or token gets. */
#include "hooks.h"

static VM_Execution *start(VM_Context *context, VM_Event *event, VM_Queue *queue)
{
    VM_Execution *execution = NULL;
    NEED(VM_ContextStartHooks(context, event, queue, &execution, &error));
    CHECK_INT(VM_ExecutionGetState(execution), VM_EXECUTION_PENDING);
    return execution;
}

static atomic_int ended;
static VM_Context *used_by_callback;
static void VM_CALL on_end(void *user, VM_Execution *execution)
{
    (void)execution;
    ended++;
    if (user) { /* the context can be used */
        VM_Status answer = 77;
        VM_Event *event = EVENT(NO_PAIRS);
        NEED(VM_ContextInvokeHooks(used_by_callback, event, &answer, NULL));
        CHECK_INT(answer, VM_STATUS_OK);
        VM_EventDelete(event);
    }
}

/* Deleting the execution, a reset and the deletion of the context cancel what waits. */
static void endings(void)
{
    VM_Context *context = new_chain();
    VM_Queue *queue = NULL;
    NEED(VM_QueueCreate(&queue, &error));
    VM_Event *event = EVENT("hooks_b", "resume");
    VM_Execution *execution = start(context, event, queue);
    NEED(VM_ExecutionSetCallback(execution, on_end, NULL, NULL, &error));
    VM_ExecutionDelete(execution);
    CHECK_INT(ended, 1);
    CHECK_SAID("hooks_b cancel; hooks_b release; ");
    CHECK_INT(VM_EventSetString(event, "free", "again"), VM_STATUS_OK);
    VM_Token token = (VM_Token)integer_of(event, "token");
    CHECK_STATUS(VM_CompleteEvent(token, VM_STATUS_OK, NULL, &error), VM_STATUS_STALE, "a suspended event that has ended");

    execution = start(context, event, queue);
    used_by_callback = context;
    NEED(VM_ExecutionSetCallback(execution, on_end, context, NULL, &error));
    NEED(VM_ContextReset(context, &error));
    CHECK_INT(ended, 2);
    CHECK_SAID("hooks_b cancel; hooks_b release; hooks_c destroy; hooks_b destroy; hooks_a destroy; ");
    CHECK(VM_QueueNext(queue) == execution);
    CHECK_STATUS(VM_ExecutionPoll(execution, &error), VM_STATUS_CANCELLED, "its context was reset");
    VM_ExecutionDelete(execution);

    execution = start(context, event, queue);
    VM_Event *other = EVENT("hooks_a", "pending");
    VM_Execution *second = start(context, other, NULL);
    VM_ContextDelete(context);
    CHECK(strstr(said, "hooks_b cancel; hooks_b release; ") && strstr(said, "hooks_a cancel; hooks_a release; "));
    CHECK(strstr(said, "hooks_c destroy; hooks_b destroy; hooks_a destroy; ") > strstr(said, "hooks_a cancel"));
    said[0] = '\0';
    CHECK(VM_QueueNext(queue) == execution);
    CHECK_STATUS(VM_ExecutionPoll(execution, &error), VM_STATUS_CANCELLED,
                 "the event of the hooks at `chain`, which waited for one of them, was cancelled: its context was deleted");
    VM_ExecutionDelete(execution);
    VM_ExecutionDelete(second);
    VM_EventDelete(other);
    VM_EventDelete(event);
    VM_QueueDelete(queue);
}

/* The event may be deleted while it waits: the hooks still have it. */
static void deleted_events(void)
{
    VM_Context *context = new_chain();
    VM_Status answer = 77;
    VM_Event *event = EVENT("hooks_a", "resume", "hooks_c", "fail");
    VM_Execution *execution = start(context, event, NULL);
    VM_EventDelete(event);
    const char *text;
    CHECK_INT(VM_EventGetString(event, "trace", &text), VM_STATUS_STALE);
    VM_EventDelete(event); /* twice: found out */
    CHECK_STATUS(VM_ContextInvokeHooks(context, event, &answer, &error), VM_STATUS_STALE, NULL);
    VM_ExecutionDelete(execution);
    VM_ContextDelete(context);
    said[0] = '\0';
}

static VM_Event *seen;
static void *use_elsewhere(void *argument)
{
    const char *text;
    VM_Token token;
    VM_EventSuspension suspension = VM_EVENTSUSPENSION_INIT;
    (void)argument;
    CHECK_INT(VM_EventGetString(seen, "trace", &text), VM_STATUS_WRONG_THREAD);
    CHECK_INT(VM_EventSetString(seen, "trace", "x"), VM_STATUS_WRONG_THREAD);
    CHECK_INT(VM_EventFail(seen, VM_STATUS_IO, "x"), VM_STATUS_WRONG_THREAD);
    CHECK_INT(VM_EventSuspend(seen, &suspension, &token), VM_STATUS_WRONG_THREAD);
    return NULL;
}

static VM_Event *of_host;
static VM_Status VM_CALL misuse(void *user, VM_Event *event)
{
    pthread_t thread;
    VM_EventSuspension suspension = VM_EVENTSUSPENSION_INIT;
    VM_Token token = 0;
    (void)user;
    seen = event;
    SURE(pthread_create(&thread, NULL, use_elsewhere, NULL) == 0);
    pthread_join(thread, NULL);
    CHECK_INT(VM_EventSetString(of_host, "a", "b"), VM_STATUS_BUSY); /* not the hook's own */
    CHECK_INT(VM_EventSuspend(of_host, NULL, &token), VM_STATUS_BUSY);
    suspension.size = 8;
    CHECK_INT(VM_EventSuspend(event, &suspension, &token), VM_STATUS_INVALID_ARGUMENT);
    suspension.size = sizeof suspension;
    suspension.reserved = 1;
    CHECK_INT(VM_EventSuspend(event, &suspension, &token), VM_STATUS_INVALID_ARGUMENT);
    CHECK_INT(VM_EventFail(event, VM_STATUS_OK, "no failure"), VM_STATUS_INVALID_ARGUMENT);
    CHECK_INT(VM_EventFail(event, VM_STATUS_PENDING, "no failure"), VM_STATUS_INVALID_ARGUMENT);
    CHECK_INT(VM_EventSuspend(event, NULL, &token), VM_STATUS_PENDING);
    VM_EventFail(event, VM_STATUS_IO, "gives up");
    return VM_STATUS_IO;
}

/* Events after their hook, on other threads, of others; foreign and late tokens; values of another type. */
static void attacks(void)
{
    VM_Context *context = new_chain();
    const char *text;
    VM_Token token;
    VM_Bytes bytes;
    void *pointer;
    VM_EventType type = 0;
    VM_Event *event = EVENT("hooks_a", "keep", "hooks_b", "use");
    VM_Event *first = EVENT("hooks_b", "keep");
    CHECK_ANSWER(context, first, VM_STATUS_OK, "hooks_a hooks_b hooks_c ");
    VM_Status answer;
    CHECK_OK(VM_ContextInvokeHooks(context, event, &answer, &error));
    CHECK_INT(integer_of(event, "used"), VM_STATUS_STALE); /* by hooks_b, which had kept the one of the first event */
    CHECK_INT(VM_EventGetPointer(event, "kept", &pointer), VM_STATUS_OK);
    CHECK(pointer != event);
    CHECK_INT(VM_EventGetString(pointer, "trace", &text), VM_STATUS_STALE);
    CHECK_STATUS(VM_ContextInvokeHooks(context, pointer, &answer, &error), VM_STATUS_STALE, "the event was passed to a hook that has returned");
    CHECK_INT(VM_EventGetBytes(event, "trace", &bytes), VM_STATUS_WRONG_TYPE);
    CHECK_INT(VM_EventGetPointer(event, "used", &pointer), VM_STATUS_WRONG_TYPE);
    CHECK_INT(VM_EventGetString(event, "used", &text), VM_STATUS_WRONG_TYPE);
    CHECK_INT(VM_EventGetString(event, "nothing", &text), VM_STATUS_NOT_FOUND);
    CHECK_INT(VM_EventGetType(event, "used", &type), VM_STATUS_OK);
    CHECK_INT(type, VM_EVENT_TYPE_INTEGER);
    CHECK_INT(VM_EventSetBytes(event, "used", "a\0b", 3), VM_STATUS_OK);
    CHECK_INT(VM_EventGetBytes(event, "used", &bytes), VM_STATUS_OK);
    CHECK(bytes.size == 3 && memcmp(bytes.data, "a\0b", 3) == 0);
    CHECK_INT(VM_EventFail(event, VM_STATUS_IO, "not in a hook"), VM_STATUS_INVALID_ARGUMENT);
    CHECK_INT(VM_EventSuspend(event, NULL, &token), VM_STATUS_INVALID_ARGUMENT);
    const char *keys[] = { "hooks_a", "hooks_b", "kept", "trace", "used" };
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        CHECK_INT(VM_EventGetKey(event, i, &text), VM_STATUS_OK);
        CHECK_TEXT(text, keys[i]);
    }
    CHECK_INT(VM_EventGetKey(event, sizeof keys / sizeof *keys, &text), VM_STATUS_NOT_FOUND);
    char name[20];
    VM_Status status = VM_STATUS_OK;
    for (int i = 0; status == VM_STATUS_OK && i < 2000; i++) {
        snprintf(name, sizeof name, "key-%d", i);
        status = VM_EventSetInteger(event, name, i);
    }
    CHECK_INT(status, VM_STATUS_LIMIT);
    CHECK_TEXT(name, "key-995");
    VM_EventDelete(event);

    of_host = EVENT(NO_PAIRS);
    NEED(VM_ContextAddHook(context, "chain", VM_HOOK_LAST, misuse, NULL, NULL, &error));
    CHECK_FAILURE(context, of_host, VM_STATUS_IO, "the host's hook at `chain` failed: gives up", NULL);
    CHECK_STATUS(VM_CompleteEvent(12345678, VM_STATUS_OK, NULL, &error), VM_STATUS_STALE, "12345678 is not the number of a suspended event");
    VM_ContextDelete(context);
    said[0] = '\0';
}

int main(void)
{
    start_listening();
    engine = new_engine();
    endings();
    deleted_events();
    attacks();
    VM_EngineDelete(engine);
    return finish();
}
