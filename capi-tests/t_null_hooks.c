/* NULL for hooks and events. */
#include "null.h"

static VM_Status VM_CALL hook(void *user, VM_Event *event)
{
    (void)user;
    (void)event;
    return VM_STATUS_OK;
}

/* In a hook and outside. */
static VM_Status VM_CALL use_event(void *user, VM_Event *event)
{
    VM_EventSuspension suspension = VM_EVENTSUSPENSION_INIT;
    const char *text;
    VM_Bytes bytes;
    int64_t number;
    void *pointer;
    VM_EventType type;
    VM_Token token;
    (void)user;
    CHECK_INT(VM_EventGetString(NULL, "a", &text), VM_STATUS_NULL_ARGUMENT);
    CHECK_INT(VM_EventGetString(event, NULL, &text), VM_STATUS_NULL_ARGUMENT);
    CHECK_INT(VM_EventGetString(event, "a", NULL), VM_STATUS_NULL_ARGUMENT);
    CHECK_INT(VM_EventGetString(event, BAD_TEXT, &text), VM_STATUS_BAD_UTF8);
    CHECK_INT(VM_EventSetString(NULL, "a", "b"), VM_STATUS_NULL_ARGUMENT);
    CHECK_INT(VM_EventSetString(event, NULL, "b"), VM_STATUS_NULL_ARGUMENT);
    CHECK_INT(VM_EventSetString(event, "a", NULL), VM_STATUS_NULL_ARGUMENT);
    CHECK_INT(VM_EventSetString(event, "a", BAD_TEXT), VM_STATUS_BAD_UTF8);
    CHECK_INT(VM_EventGetBytes(NULL, "a", &bytes), VM_STATUS_NULL_ARGUMENT);
    CHECK_INT(VM_EventGetBytes(event, NULL, &bytes), VM_STATUS_NULL_ARGUMENT);
    CHECK_INT(VM_EventGetBytes(event, "a", NULL), VM_STATUS_NULL_ARGUMENT);
    CHECK_INT(VM_EventSetBytes(NULL, "a", "b", 1), VM_STATUS_NULL_ARGUMENT);
    CHECK_INT(VM_EventSetBytes(event, NULL, "b", 1), VM_STATUS_NULL_ARGUMENT);
    CHECK_INT(VM_EventSetBytes(event, "a", NULL, 1), VM_STATUS_NULL_ARGUMENT);
    CHECK_INT(VM_EventSetBytes(event, "a", "b", SIZE_MAX), VM_STATUS_INVALID_ARGUMENT);
    CHECK_INT(VM_EventSetBytes(event, "empty", NULL, 0), VM_STATUS_OK);
    CHECK_INT(VM_EventGetInteger(NULL, "a", &number), VM_STATUS_NULL_ARGUMENT);
    CHECK_INT(VM_EventGetInteger(event, NULL, &number), VM_STATUS_NULL_ARGUMENT);
    CHECK_INT(VM_EventGetInteger(event, "a", NULL), VM_STATUS_NULL_ARGUMENT);
    CHECK_INT(VM_EventSetInteger(NULL, "a", 1), VM_STATUS_NULL_ARGUMENT);
    CHECK_INT(VM_EventSetInteger(event, NULL, 1), VM_STATUS_NULL_ARGUMENT);
    CHECK_INT(VM_EventGetPointer(NULL, "a", &pointer), VM_STATUS_NULL_ARGUMENT);
    CHECK_INT(VM_EventGetPointer(event, NULL, &pointer), VM_STATUS_NULL_ARGUMENT);
    CHECK_INT(VM_EventGetPointer(event, "a", NULL), VM_STATUS_NULL_ARGUMENT);
    CHECK_INT(VM_EventSetPointer(NULL, "a", &number), VM_STATUS_NULL_ARGUMENT);
    CHECK_INT(VM_EventSetPointer(event, NULL, &number), VM_STATUS_NULL_ARGUMENT);
    CHECK_INT(VM_EventGetType(NULL, "a", &type), VM_STATUS_NULL_ARGUMENT);
    CHECK_INT(VM_EventGetType(event, NULL, &type), VM_STATUS_NULL_ARGUMENT);
    CHECK_INT(VM_EventGetType(event, "empty", NULL), VM_STATUS_NULL_ARGUMENT);
    CHECK_INT(VM_EventGetKey(NULL, 0, &text), VM_STATUS_NULL_ARGUMENT);
    CHECK_INT(VM_EventGetKey(event, 0, NULL), VM_STATUS_NULL_ARGUMENT);
    CHECK_INT(VM_EventRemove(NULL, "empty"), VM_STATUS_NULL_ARGUMENT);
    CHECK_INT(VM_EventRemove(event, NULL), VM_STATUS_NULL_ARGUMENT);
    CHECK_INT(VM_EventFail(NULL, VM_STATUS_IO, "text"), VM_STATUS_NULL_ARGUMENT);
    CHECK_INT(VM_EventSuspend(NULL, &suspension, &token), VM_STATUS_NULL_ARGUMENT);
    CHECK_INT(VM_EventSuspend(event, NULL, NULL), event->id && user ? VM_STATUS_NULL_ARGUMENT : VM_STATUS_INVALID_ARGUMENT);
    return VM_STATUS_OK;
}

int main(void)
{
    static atomic_int freed;
    VM_Engine *engine = new_engine();
    VM_Context *context = new_context(engine);
    VM_PluginRegistry *registry = NULL;
    VM_ContextConfig *config = NULL;
    VM_Execution *execution = NULL;
    VM_Event *event = NULL;
    VM_Status answer;
    NEED(VM_PluginRegistryCreate(&registry, NULL));
    IS_NULL(VM_EventCreate(NULL, &event, &error), "point");
    IS_NULL(VM_EventCreate("point", NULL, &error), "event");
    IS_BAD_TEXT(VM_EventCreate(BAD_TEXT, &event, &error), "point");
    NEED(VM_EventCreate("point", &event, NULL));
    CHECK_INT(VM_EventCreate("", &event, NULL), VM_STATUS_INVALID_ARGUMENT);
    use_event(NULL, event);
    CHECK_INT(VM_PluginGetHookCount(NULL), 0);
    CHECK(VM_PluginGetHook(NULL, 0) == NULL);
    IS_NULL(VM_PluginRegistryDeclareHookPoint(NULL, "point", NULL, &error), "registry");
    IS_NULL(VM_PluginRegistryDeclareHookPoint(registry, NULL, NULL, &error), "point");
    IS_BAD_TEXT(VM_PluginRegistryDeclareHookPoint(registry, BAD_TEXT, NULL, &error), "point");
    IS_BAD_TEXT(VM_PluginRegistryDeclareHookPoint(registry, "point", BAD_TEXT, &error), "description");
    IS_NULL(VM_ContextAddHook(NULL, "point", VM_HOOK_LAST, hook, &freed, count_free, &error), "context");
    IS_NULL(VM_ContextAddHook(context, NULL, VM_HOOK_LAST, hook, &freed, count_free, &error), "point");
    IS_NULL(VM_ContextAddHook(context, "point", VM_HOOK_LAST, NULL, &freed, count_free, &error), "callback");
    IS_BAD_TEXT(VM_ContextAddHook(context, BAD_TEXT, VM_HOOK_LAST, hook, &freed, count_free, &error), "point");
    CHECK_INT(freed, 4);
    IS_NULL(VM_ContextInvokeHooks(NULL, event, &answer, &error), "context");
    IS_NULL(VM_ContextInvokeHooks(context, NULL, &answer, &error), "event");
    IS_NULL(VM_ContextInvokeHooks(context, event, NULL, &error), "answer");
    CHECK_INT(VM_ContextInvokeHooks(context, event, NULL, NULL), VM_STATUS_NULL_ARGUMENT);
    IS_NULL(VM_ContextStartHooks(NULL, event, NULL, &execution, &error), "context");
    IS_NULL(VM_ContextStartHooks(context, NULL, NULL, &execution, &error), "event");
    IS_NULL(VM_ContextStartHooks(context, event, NULL, NULL, &error), "execution");
    NEED(VM_ContextStartHooks(context, event, NULL, &execution, NULL));
    IS_NULL(VM_ExecutionGetAnswer(NULL, &answer, &error), "execution");
    IS_NULL(VM_ExecutionGetAnswer(execution, NULL, &error), "answer");
    CHECK_OK(VM_ExecutionGetAnswer(execution, &answer, &error));
    VM_ExecutionDelete(execution);
    CHECK_STATUS(VM_CompleteEvent(0, VM_STATUS_OK, NULL, &error), VM_STATUS_STALE, "0 is not the number of a suspended event");
    CHECK_INT(VM_CompleteEvent(0, VM_STATUS_OK, NULL, NULL), VM_STATUS_STALE);
    IS_NULL(VM_ContextSetHookTimeout(NULL, 1, &error), "context");
    IS_NULL(VM_ContextConfigSetHookRetryLimit(config, 1, &error), "config");

    /* The same functions in a hook. */
    NEED(VM_ContextAddHook(context, "point", VM_HOOK_LAST, use_event, &freed, NULL, NULL));
    CHECK_OK(VM_ContextInvokeHooks(context, event, &answer, &error));
    VM_EventDelete(NULL);
    VM_EventDelete(event);
    VM_PluginRegistryDelete(registry);
    VM_ContextDelete(context);
    VM_EngineDelete(engine);
    return finish();
}
