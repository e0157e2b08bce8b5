/* One plug-in in each language: hooks with every answer, every type of value, failures, and answers that come later or never. */
#include "sdk_more.h"

static VM_Context *context;

static VM_Event *event_at(const char *point, const char *what)
{
    VM_Event *event = NULL;
    NEED(VM_EventCreate(point, &event, &error));
    if (what)
        CHECK_INT(VM_EventSetString(event, "do", what), VM_STATUS_OK);
    return event;
}

static int64_t integer_of(const VM_Event *event, const char *key)
{
    int64_t number = -1;
    return VM_EventGetInteger(event, key, &number) == VM_STATUS_OK ? number : -1;
}

static void check_answer(const char *point, const char *what, VM_Status answer, int64_t seen, int64_t second)
{
    VM_Event *event = event_at(point, what);
    VM_Status found = 77;
    CHECK_OK(VM_ContextInvokeHooks(context, event, &found, &error));
    CHECK_INT(found, answer);
    CHECK_INT(integer_of(event, "seen"), seen);
    CHECK_INT(integer_of(event, "second"), second);
    VM_EventDelete(event);
}

static void check_failure(const char *point, const char *what, VM_Status status, const char *message)
{
    VM_Event *event = event_at(point, what);
    VM_Status found = 77;
    CHECK_STATUS(VM_ContextInvokeHooks(context, event, &found, &error), status, message);
    CHECK(strstr(VM_ErrorGetMessage(error), point) != NULL);
    CHECK_TEXT(VM_ErrorGetPluginName(error), "more");
    VM_EventDelete(event);
}

static void lists(void)
{
    static const char *const points[] = { "more.decide", "more.decide", "more.values", "more.later", "more.finish" };
    static const char *const texts[] = { "Decides", "", "Changes values", "Answers later", "Finishes" };
    VM_Plugin *plugin = find_more();
    size_t i;
    CHECK_INT(VM_PluginGetHookCount(plugin), 5);
    for (i = 0; i < 5; i++) {
        const VM_PluginHook *hook = VM_PluginGetHook(plugin, i);
        CHECK_TEXT(hook->point, points[i]);
        CHECK_TEXT(hook->description ? hook->description : "", texts[i]);
    }
    VM_PluginRelease(plugin);
}

static void answers(void)
{
    check_answer("more.decide", NULL, VM_STATUS_OK, 1, 1);
    check_answer("more.decide", "continue", VM_STATUS_OK, 2, 1);
    check_answer("more.decide", "complete", VM_STATUS_COMPLETE, 3, -1);
    check_answer("more.decide", "retry", VM_STATUS_OK, 6, 1);
    check_failure("more.decide", "status", VM_STATUS_USER - 5, "the hook of plug-in `more` at `more.decide` failed: the stamp is missing");
    check_failure("more.decide", "plain", VM_STATUS_PLUGIN_FAILED, "failed: no stamp at all");
    check_failure("more.decide", "panic", VM_STATUS_PLUGIN_FAILED, more->panic);
    check_failure("more.decide", "absent", VM_STATUS_NOT_FOUND, "the event has no key `absent`");
    check_failure("more.decide", "type", VM_STATUS_WRONG_TYPE, "`do` of the event is a string, not an integer");
    check_failure("more.decide", "sing", VM_STATUS_INVALID_ARGUMENT, "do what: sing");
    check_answer("more.decide", "continue", VM_STATUS_OK, 13, 1);
}

static void values(void)
{
    VM_Event *event = event_at("more.values", NULL);
    const char *text = NULL;
    VM_Bytes bytes = { NULL, 0 };
    VM_Status answer = 77;
    void *pointer = NULL;
    CHECK_INT(VM_EventSetString(event, "text", "Ad\xc3\xa9le"), VM_STATUS_OK);
    CHECK_INT(VM_EventSetBytes(event, "bytes", "\x00\xff\x80", 3), VM_STATUS_OK);
    CHECK_INT(VM_EventSetInteger(event, "integer", INT64_MIN / 2), VM_STATUS_OK);
    CHECK_INT(VM_EventSetPointer(event, "pointer", &answer), VM_STATUS_OK);
    CHECK_INT(VM_EventSetString(event, "gone", ""), VM_STATUS_OK);
    CHECK_OK(VM_ContextInvokeHooks(context, event, &answer, &error));
    CHECK_INT(answer, VM_STATUS_OK);
    CHECK_INT(VM_EventGetString(event, "text", &text), VM_STATUS_OK);
    CHECK_TEXT(text, "Dear Ad\xc3\xa9le!");
    CHECK_INT(VM_EventGetBytes(event, "bytes", &bytes), VM_STATUS_OK);
    CHECK(bytes.size == 3 && memcmp(bytes.data, "\x80\xff\x00", 3) == 0);
    CHECK(integer_of(event, "integer") == INT64_MIN);
    CHECK_INT(VM_EventGetPointer(event, "pointer too", &pointer), VM_STATUS_OK);
    CHECK(pointer == &answer);
    CHECK_INT(VM_EventGetString(event, "gone", &text), VM_STATUS_NOT_FOUND);
    CHECK_INT(VM_EventGetString(event, "list", &text), VM_STATUS_OK);
    CHECK_TEXT(text, "bytes:b,gone:s,integer:i,pointer:p,text:s");
    CHECK_INT(VM_EventGetString(event, "point", &text), VM_STATUS_OK);
    CHECK_TEXT(text, "more.values");
    VM_EventDelete(event);

    event = event_at("more.values", NULL);
    CHECK_OK(VM_ContextInvokeHooks(context, event, &answer, &error));
    CHECK_INT(VM_EventGetString(event, "list", &text), VM_STATUS_OK);
    CHECK_TEXT(text, "");
    CHECK_INT(VM_EventGetString(event, "text", &text), VM_STATUS_NOT_FOUND);
    VM_EventDelete(event);
}

/* A hook that answers from another thread, in a call that waits. */
static void later(void)
{
    VM_Event *event = event_at("more.later", "keep");
    check_answer("more.later", "continue", VM_STATUS_OK, -1, -1);
    check_answer("more.later", "complete", VM_STATUS_COMPLETE, -1, -1);
    check_answer("more.later", "retry", VM_STATUS_OK, -1, -1);
    check_answer("more.later", "no", VM_STATUS_COMPLETE, -1, -1);
    if (strcmp(more->file, "more") == 0)
        check_answer("more.later", "refused", VM_STATUS_COMPLETE, -1, -1);
    check_failure("more.later", "status", VM_STATUS_USER - 6, "no answer");
    check_failure("more.later", "drop", VM_STATUS_PLUGIN_FAILED, "the plug-in has dropped the event without completing it");
    CHECK_SAID("");
    check_failure("more.later", "forget", VM_STATUS_USER - 7, "changed its mind");
    CHECK_SAID("more event cancelled; ");
    VM_EventDelete(event);
}

static VM_Execution *start(VM_Event *event)
{
    VM_Execution *execution = NULL;
    NEED(VM_ContextStartHooks(context, event, NULL, &execution, &error));
    CHECK_INT(VM_ExecutionGetState(execution), VM_EXECUTION_PENDING);
    return execution;
}

/* The status of the completion of what was kept, or -1. */
static int64_t finish_kept(void)
{
    VM_Event *event = event_at("more.finish", NULL);
    VM_Status answer;
    int64_t status;
    CHECK_OK(VM_ContextInvokeHooks(context, event, &answer, &error));
    status = integer_of(event, "event");
    VM_EventDelete(event);
    return status;
}

/* An event that is completed after a time, one that is cancelled, and one that its context ends. */
static void kept(void)
{
    VM_Event *event = event_at("more.later", "keep");
    VM_Execution *execution = start(event);
    VM_Status answer = 77;
    CHECK_INT(finish_kept(), VM_STATUS_OK);
    CHECK_OK(VM_ExecutionPoll(execution, &error));
    CHECK_OK(VM_ExecutionGetAnswer(execution, &answer, &error));
    CHECK_INT(answer, VM_STATUS_COMPLETE);
    VM_ExecutionDelete(execution);
    CHECK_SAID("");
    CHECK_INT(finish_kept(), -1);

    execution = start(event);
    CHECK_OK(VM_ExecutionCancel(execution, &error));
    CHECK_STATUS(VM_ExecutionPoll(execution, &error), VM_STATUS_CANCELLED, NULL);
    VM_ExecutionDelete(execution);
    CHECK_SAID("more event cancelled; ");
    CHECK_INT(finish_kept(), VM_STATUS_STALE);

    execution = start(event);
    CHECK_OK(VM_ContextReset(context, &error));
    CHECK_SAID("more event cancelled; ");
    VM_ExecutionDelete(execution);
    CHECK_INT(finish_kept(), -1); /* in a new instance */

    execution = start(event);
    VM_ContextDelete(context);
    CHECK_SAID("more event cancelled; ");
    VM_ExecutionDelete(execution);
    VM_EventDelete(event);
}

static void check(void)
{
    context = context_with("Dear ");
    lists();
    answers();
    values();
    later();
    kept();
}

int main(void) { return for_each_language(check); }
