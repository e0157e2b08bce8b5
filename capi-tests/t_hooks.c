/* Hooks: the order of plug-ins and of the host, and what each answer does. */
#include "hooks.h"

static VM_Status VM_CALL host_hook(void *user, VM_Event *event)
{
    char text[200];
    const char *trace = "";
    VM_EventGetString(event, "trace", &trace);
    snprintf(text, sizeof text, "%s%s ", trace, (const char *)user);
    CHECK(event->self == NULL && event->data == NULL && event->id != 0);
    CHECK_INT(VM_EventSetString(event, "trace", text), VM_STATUS_OK);
    return VM_STATUS_OK;
}

static VM_Status VM_CALL decide(void *user, VM_Event *event)
{
    VM_Context *context = user;
    VM_Status answer = 0;
    CHECK_STATUS(VM_ContextInvokeHooks(context, event, &answer, &error), VM_STATUS_INVALID_ARGUMENT, "the one that a hook was passed");
    VM_EventDelete(event); /* does nothing */
    VM_Event *other = EVENT("hooks_a", "fail");
    CHECK_STATUS(VM_ContextInvokeHooks(context, other, &answer, &error), VM_STATUS_REENTRANT, NULL);
    VM_EventDelete(other);
    forget_error();
    return VM_STATUS_COMPLETE;
}

static void answers(void)
{
    VM_Context *context = new_chain();
    VM_Event *event;
    CHECK_ANSWER(context, EVENT(NO_PAIRS), VM_STATUS_OK, "hooks_a hooks_b hooks_c ");
    event = EVENT(NO_PAIRS);
    VM_EventSetInteger(event, "hooks_b", VM_STATUS_COMPLETE);
    CHECK_ANSWER(context, event, VM_STATUS_COMPLETE, "hooks_a hooks_b ");
    event = EVENT("hooks_b", "retry");
    VM_EventSetInteger(event, "retries", 2);
    CHECK_ANSWER(context, event, VM_STATUS_OK, "hooks_a hooks_b hooks_a hooks_b hooks_a hooks_b hooks_c ");

    CHECK_FAILURE(context, EVENT("hooks_b", "fail"), VM_STATUS_USER - 7, "the hook of plug-in `hooks_b` at `chain` failed: out of stamps",
                  "hooks_b");
    CHECK_FAILURE(context, EVENT("hooks_c", "type"), VM_STATUS_WRONG_TYPE,
                  "the hook of plug-in `hooks_c` at `chain` failed: `trace` of the event is a string, not an integer", "hooks_c");
    const struct {
        int64_t answer;
        VM_Status status;
        const char *message;
    } wrong[] = {
        { VM_STATUS_IO, VM_STATUS_IO, "the hook of plug-in `hooks_b` at `chain` failed with VM_STATUS_IO" },
        { 4, VM_STATUS_BAD_ANSWER, "the hook of plug-in `hooks_b` at `chain` returned 4, which is not an answer" },
        { -5, VM_STATUS_BAD_ANSWER, "returned -5, which is not an answer; return VM_STATUS_OK, VM_STATUS_COMPLETE, VM_STATUS_RETRY" },
        { VM_STATUS_PENDING, VM_STATUS_BAD_ANSWER, "returned VM_STATUS_PENDING without suspending the event" },
        { VM_STATUS_RETRY, VM_STATUS_LIMIT, "the hook of plug-in `hooks_b` at `chain` returned VM_STATUS_RETRY once more after 100 retries" },
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        event = EVENT(NO_PAIRS);
        VM_EventSetInteger(event, "hooks_b", wrong[i].answer);
        CHECK_FAILURE(context, event, wrong[i].status, wrong[i].message, "hooks_b");
    }
    VM_ContextDelete(context);
}

/* Another limit than 100. */
static void retry_limit(void)
{
    VM_ContextConfig *config = NULL;
    NEED(VM_ContextConfigCreate(&config, &error));
    for (uint32_t limit = 0; limit < 3; limit++) {
        NEED(VM_ContextConfigSetHookRetryLimit(config, limit, &error));
        VM_Context *context = context_of(REGISTRY_WITH("hooks_a"), config);
        VM_Event *event = EVENT("hooks_a", "retry");
        VM_EventSetInteger(event, "retries", limit);
        CHECK_ANSWER(context, event, VM_STATUS_OK, "hooks_a hooks_a hooks_a " + 8 * (2 - limit));
        event = EVENT("hooks_a", "retry");
        VM_EventSetInteger(event, "retries", limit + 1);
        char message[80];
        snprintf(message, sizeof message, "once more after %u %s, the limit", limit, limit == 1 ? "retry" : "retries");
        CHECK_FAILURE(context, event, VM_STATUS_LIMIT, message, "hooks_a");
        VM_ContextDelete(context);
    }
    VM_ContextConfigDelete(config);
}

/* The host's hooks: last, unless added as first; in a context without plug-ins too. */
static void hooks_of_the_host(void)
{
    static atomic_int freed;
    VM_Context *context = new_chain();
    VM_Status answer = 77;
    NEED(VM_ContextAddHook(context, "chain", VM_HOOK_LAST, host_hook, "last", NULL, &error));
    NEED(VM_ContextAddHook(context, "chain", VM_HOOK_FIRST, host_hook, "first", NULL, &error));
    CHECK_ANSWER(context, EVENT(NO_PAIRS), VM_STATUS_OK, "first hooks_a hooks_b hooks_c last ");
    NEED(VM_ContextAddHook(context, "chain", VM_HOOK_LAST, host_hook, "last-2", NULL, &error));
    NEED(VM_ContextAddHook(context, "chain", VM_HOOK_FIRST, host_hook, "first-2", NULL, &error));
    CHECK_ANSWER(context, EVENT(NO_PAIRS), VM_STATUS_OK, "first first-2 hooks_a hooks_b hooks_c last last-2 ");
    CHECK_STATUS(VM_ContextAddHook(context, "chain", 3, host_hook, &freed, count_free, &error), VM_STATUS_INVALID_ARGUMENT,
                 "is VM_HOOK_FIRST or VM_HOOK_LAST, not 3");
    CHECK_STATUS(VM_ContextAddHook(context, "libvm.call.befor", VM_HOOK_LAST, host_hook, &freed, count_free, &error),
                 VM_STATUS_INVALID_ARGUMENT, "libvm has no hook point `libvm.call.befor`; it has `libvm.plugin.registered`");
    CHECK_TEXT(strstr(VM_ErrorGetMessage(error), "; did"), "; did you mean `libvm.call.before`?");
    CHECK_INT(freed, 2);
    VM_ContextDelete(context);

    context = new_context(engine);
    VM_Event *event = EVENT(NO_PAIRS);
    CHECK_OK(VM_ContextInvokeHooks(context, event, &answer, &error));
    CHECK_INT(answer, VM_STATUS_OK);
    NEED(VM_ContextAddHook(context, "chain", VM_HOOK_LAST, decide, context, NULL, &error));
    CHECK_OK(VM_ContextInvokeHooks(context, event, &answer, &error));
    CHECK_INT(answer, VM_STATUS_COMPLETE);
    VM_EventDelete(event);
    NEED(VM_ContextAddHook(context, "chain", VM_HOOK_FIRST, host_hook, &freed, count_free, &error));
    VM_ContextDelete(context);
    CHECK_INT(freed, 3);
}

/* A reset ends the instances; the hooks are called in new ones. The order is that of loading. */
static void reset_and_order(void)
{
    VM_Context *context = context_of(REGISTRY_WITH("hooks_c", "hooks_a"), NULL);
    CHECK_ANSWER(context, EVENT(NO_PAIRS), VM_STATUS_OK, "hooks_c hooks_a ");
    said[0] = '\0';
    NEED(VM_ContextReset(context, &error));
    CHECK_SAID("hooks_a destroy; hooks_c destroy; ");
    CHECK_ANSWER(context, EVENT(NO_PAIRS), VM_STATUS_OK, "hooks_c hooks_a ");
    said[0] = '\0';
    VM_ContextDelete(context);
    CHECK_SAID("hooks_a destroy; hooks_c destroy; ");
}

/* Hooks at a point that the host has not declared are lines of the report. */
static void declared_points(void)
{
    VM_PluginRegistry *registry = new_registry();
    VM_PluginReport *report = NULL;
    VM_Status answer;
    NEED(VM_PluginRegistryDeclareHookPoint(registry, "chain", "a chain of plug-ins", &error));
    NEED(VM_PluginRegistryDeclareHookPoint(registry, "chain", NULL, &error));
    CHECK_OK(VM_PluginLoadFromPath(registry, plugin_file("hooks_a").text, &report, &error));
    CHECK_INT(VM_PluginReportGetCount(report), 2);
    const VM_PluginReportLine *line = VM_PluginReportGetLine(report, 1);
    CHECK_INT(line->status, VM_STATUS_NOT_FOUND);
    CHECK_TEXT(line->name, "hooks_a");
    CHECK_TEXT(line->message, "plug-in `hooks_a` has a hook at `chian`, a point that the host has not declared: it is never called; did "
                              "you mean `chain`?");
    VM_PluginReportDelete(report);
    CHECK_STATUS(VM_PluginRegistryDeclareHookPoint(registry, "late", NULL, &error), VM_STATUS_SEALED,
                 "a plug-in is loaded; declare the hook point `late` before");
    VM_Context *context = context_of(registry, NULL);
    CHECK_ANSWER(context, EVENT(NO_PAIRS), VM_STATUS_OK, "hooks_a ");
    VM_Event *event = NULL;
    NEED(VM_EventCreate("chian", &event, &error));
    CHECK_OK(VM_ContextInvokeHooks(context, event, &answer, &error));
    CHECK_TEXT(string_of(event, "trace"), NULL);
    VM_EventDelete(event);
    VM_ContextDelete(context);

    registry = new_registry();
    CHECK_STATUS(VM_PluginRegistryDeclareHookPoint(registry, "libvm.own", NULL, &error), VM_STATUS_INVALID_ARGUMENT,
                 "names that begin with `libvm.` are points of libvm");
    CHECK_STATUS(VM_PluginRegistryDeclareHookPoint(registry, "", NULL, &error), VM_STATUS_INVALID_ARGUMENT, "1 to 255");
    CHECK_OK(VM_PluginLoadFromPath(registry, plugin_file("hooks_a").text, &report, &error));
    CHECK_INT(VM_PluginReportGetCount(report), 1);
    VM_PluginReportDelete(report);
    VM_PluginRegistryDelete(registry);
}

int main(void)
{
    start_listening();
    engine = new_engine();
    answers();
    retry_limit();
    hooks_of_the_host();
    reset_and_order();
    declared_points();
    VM_EngineDelete(engine);
    return finish();
}
