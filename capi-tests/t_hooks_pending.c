/* Hooks that answer later: by their plug-in, by the host, on any thread; the execution that waits, and the call that waits. */
#include "hooks.h"
#include <time.h>

static void wait_ms(int ms)
{
    struct timespec time = { 0, ms * 1000000L };
    nanosleep(&time, NULL);
}

static VM_Execution *start(VM_Context *context, VM_Event *event, VM_Queue *queue)
{
    VM_Execution *execution = NULL;
    NEED(VM_ContextStartHooks(context, event, queue, &execution, &error));
    return execution;
}

static void check_done(VM_Execution *execution, VM_Status expected, int line)
{
    VM_Status answer = 77;
    forget_error();
    check_status(VM_ExecutionPoll(execution, &error), VM_STATUS_OK, NULL, __FILE__, line, "poll");
    forget_error();
    check_status(VM_ExecutionGetAnswer(execution, &answer, &error), VM_STATUS_OK, NULL, __FILE__, line, "answer");
    check_int(answer, expected, __FILE__, line, "the answer");
    VM_ExecutionDelete(execution);
}
#define CHECK_DONE(execution, answer) check_done(execution, answer, __LINE__)

/* The token that a hook has left in an event, which waits: the host cannot read it there. */
static _Atomic VM_Token token;
static VM_Status VM_CALL wait_for_host(void *user, VM_Event *event)
{
    const char *how = NULL;
    (void)user;
    if (VM_EventGetString(event, "host", &how) != VM_STATUS_OK)
        return VM_STATUS_OK;
    VM_Token new_token;
    VM_Status status = VM_EventSuspend(event, NULL, &new_token);
    token = new_token;
    return status;
}

static VM_Context *chain_with_host(void)
{
    VM_Context *context = new_chain();
    NEED(VM_ContextAddHook(context, "chain", VM_HOOK_FIRST, wait_for_host, NULL, NULL, &error));
    return context;
}

/* Each answer, to an execution. */
static void later_answers(void)
{
    VM_Context *context = chain_with_host();
    VM_Queue *queue = NULL;
    VM_Status answer;
    NEED(VM_QueueCreate(&queue, &error));
    VM_Event *event = EVENT("host", "waits");
    VM_Execution *execution = start(context, event, queue);
    CHECK_INT(VM_ExecutionGetState(execution), VM_EXECUTION_PENDING);
    CHECK_OK(VM_ExecutionPoll(execution, &error));
    CHECK(VM_QueueNext(queue) == NULL);
    CHECK_STATUS(VM_ExecutionGetAnswer(execution, &answer, &error), VM_STATUS_BUSY, "the hooks at `chain`, is unfinished");
    CHECK_INT(VM_EventSetString(event, "a", "b"), VM_STATUS_BUSY);
    CHECK_STATUS(VM_ContextInvokeHooks(context, event, &answer, &error), VM_STATUS_BUSY, "the event, or it waits for one");
    CHECK_STATUS(VM_CompleteEvent(token, VM_STATUS_PENDING, NULL, &error), VM_STATUS_INVALID_ARGUMENT, "1 is not the answer of a hook");
    CHECK_STATUS(VM_CompleteEvent(token, 17, NULL, &error), VM_STATUS_INVALID_ARGUMENT, NULL);
    CHECK_STATUS(VM_Complete(token, NULL, 0, &error), VM_STATUS_STALE, NULL); /* not of a call */
    CHECK_OK(VM_CompleteEvent(token, VM_STATUS_OK, NULL, &error));
    CHECK_STATUS(VM_CompleteEvent(token, VM_STATUS_OK, NULL, &error), VM_STATUS_STALE, "cannot be completed");
    CHECK_INT(VM_ExecutionGetState(execution), VM_EXECUTION_READY);
    CHECK(VM_QueueNext(queue) == execution);
    CHECK_DONE(execution, VM_STATUS_OK);
    CHECK_TEXT(string_of(event, "trace"), "hooks_a hooks_b hooks_c ");

    CHECK_INT(VM_EventRemove(event, "trace"), VM_STATUS_OK);
    execution = start(context, event, NULL);
    CHECK_OK(VM_CompleteEvent(token, VM_STATUS_COMPLETE, "ignored", &error));
    CHECK_DONE(execution, VM_STATUS_COMPLETE);
    CHECK_TEXT(string_of(event, "trace"), NULL);

    execution = start(context, event, NULL);
    CHECK_OK(VM_CompleteEvent(token, VM_STATUS_RETRY, NULL, &error));
    CHECK_OK(VM_ExecutionPoll(execution, &error)); /* suspended again */
    CHECK_INT(VM_ExecutionGetState(execution), VM_EXECUTION_PENDING);
    CHECK_OK(VM_CompleteEvent(token, VM_STATUS_USER - 3, "no\x1b[2J room", &error));
    CHECK_STATUS(VM_ExecutionPoll(execution, &error), VM_STATUS_USER - 3, "the host's hook at `chain` failed: no\\u{1b}[2J room");
    CHECK_STATUS(VM_ExecutionGetAnswer(execution, &answer, &error), VM_STATUS_USER - 3, NULL);
    CHECK_INT(VM_ExecutionGetState(execution), VM_EXECUTION_FAILED);
    VM_ExecutionDelete(execution);
    VM_EventDelete(event);
    VM_QueueDelete(queue);
    VM_ContextDelete(context);
}

/* The hook of a plug-in: with and without resume, completed at once, twice. */
static void of_a_plugin(void)
{
    VM_Context *context = new_chain();
    said[0] = '\0';
    CHECK_ANSWER(context, EVENT("hooks_b", "at once"), VM_STATUS_COMPLETE, "hooks_a hooks_b resumed-hooks_b ");
    CHECK_SAID("hooks_b release; ");
    CHECK_FAILURE(context, EVENT("hooks_b", "twice"), VM_STATUS_ALREADY_EXISTS,
                  "the hook of plug-in `hooks_b` at `chain` failed: the hook has already suspended the event", "hooks_b");
    CHECK_SAID("hooks_b cancel; hooks_b release; hooks_b cancel; hooks_b release; ");
    CHECK_FAILURE(context, EVENT("hooks_b", "forgets"), VM_STATUS_BAD_ANSWER,
                  "the hook of plug-in `hooks_b` at `chain` returned 0 after suspending the event; return VM_STATUS_PENDING", "hooks_b");
    CHECK_SAID("hooks_b cancel; hooks_b release; ");
    VM_ContextDelete(context);
}

/* A call that waits: completed by another thread, which meanwhile uses the context. */
typedef struct Helper {
    VM_Context *context;
    VM_Status answer;
    VM_Token known; /* before the event waits */
} Helper;

static void *complete_later(void *argument)
{
    Helper *helper = argument;
    VM_Status answer = 77;
    VM_Event *event = EVENT("hooks_a", "keep");
    for (VM_Token known = helper->known; token == known;)
        wait_ms(1);
    wait_ms(20);
    /* The event waits, not the context. */
    CHECK_OK(VM_ContextInvokeHooks(helper->context, event, &answer, &error));
    CHECK_INT(answer, VM_STATUS_OK);
    VM_EventDelete(event);
    CHECK_OK(VM_CompleteEvent(token, helper->answer, "late", &error));
    forget_error();
    return NULL;
}

static void blocking(void)
{
    Helper helper = { chain_with_host(), VM_STATUS_OK, token };
    pthread_t thread;
    SURE(pthread_create(&thread, NULL, complete_later, &helper) == 0);
    CHECK_ANSWER(helper.context, EVENT("host", "waits"), VM_STATUS_OK, "hooks_a hooks_b hooks_c ");
    pthread_join(thread, NULL);
    helper.answer = VM_STATUS_IO;
    helper.known = token;
    SURE(pthread_create(&thread, NULL, complete_later, &helper) == 0);
    CHECK_FAILURE(helper.context, EVENT("host", "waits"), VM_STATUS_IO, "the host's hook at `chain` failed: late", NULL);
    pthread_join(thread, NULL);
    VM_ContextDelete(helper.context);

    VM_ContextConfig *config = NULL;
    NEED(VM_ContextConfigCreate(&config, &error));
    NEED(VM_ContextConfigSetMayBlock(config, false, &error));
    VM_Context *context = context_of(REGISTRY_WITH("hooks_a"), config);
    CHECK_FAILURE(context, EVENT("hooks_a", "pending"), VM_STATUS_WOULD_BLOCK, "start the hooks instead of invoking them", "hooks_a");
    VM_ContextDelete(context);
    VM_ContextConfigDelete(config);
}

/* The watchdog names the hook that has not answered. */
static void watchdog(void)
{
    VM_Context *context = new_chain();
    said[0] = '\0';
    VM_Status answer;
    NEED(VM_ContextSetHookTimeout(context, 20, &error));
    CHECK_FAILURE(context, EVENT("hooks_b", "resume"), VM_STATUS_TIMEOUT,
                  "the hook of plug-in `hooks_b` at `chain` has not answered within 20 milliseconds", "hooks_b");
    CHECK_SAID("hooks_b cancel; hooks_b release; ");
    VM_Event *event = EVENT("hooks_c", "pending");
    VM_Execution *execution = start(context, event, NULL);
    CHECK_STATUS(VM_ExecutionWait(execution, 10000, &error), VM_STATUS_TIMEOUT, "plug-in `hooks_c`");
    CHECK_TEXT(VM_ErrorGetPluginName(error), "hooks_c");
    CHECK_STATUS(VM_CompleteEvent((VM_Token)integer_of(event, "token"), VM_STATUS_OK, NULL, &error), VM_STATUS_STALE, NULL);
    VM_ExecutionDelete(execution);
    NEED(VM_ContextSetHookTimeout(context, 0, &error));
    execution = start(context, event, NULL);
    CHECK_STATUS(VM_ExecutionWait(execution, 50, &error), VM_STATUS_WOULD_BLOCK, "has not ended within 50 milliseconds");
    CHECK_OK(VM_ExecutionCancel(execution, &error));
    CHECK_STATUS(VM_ExecutionPoll(execution, &error), VM_STATUS_CANCELLED,
                 "the event, which waited for the hook of plug-in `hooks_c` at `chain`, was cancelled: the execution was cancelled");
    CHECK_STATUS(VM_ExecutionCancel(execution, &error), VM_STATUS_STALE, NULL);
    VM_ExecutionDelete(execution);
    CHECK_INT(VM_EventRemove(event, "hooks_c"), VM_STATUS_OK);
    CHECK_OK(VM_ContextInvokeHooks(context, event, &answer, &error));
    VM_EventDelete(event);
    VM_ContextDelete(context);
    said[0] = '\0';
}

int main(void)
{
    start_listening();
    engine = new_engine();
    later_answers();
    of_a_plugin();
    watchdog();
    blocking();
    VM_EngineDelete(engine);
    return finish();
}
