/* Events that wait for a plug-in which is updated: they go on in the old instance, which is destroyed after the last of them. */
#include "hooks.h"

typedef struct Waiting {
    VM_Event *event;
    VM_Execution *execution;
    VM_Token token;
} Waiting;

static void start(VM_Context *context, Waiting *waiting, const char *who, const char *what)
{
    waiting->event = EVENT(who, what);
    NEED(VM_EventSetPointer(waiting->event, "shown", &waiting->token));
    NEED(VM_ContextStartHooks(context, waiting->event, NULL, &waiting->execution, &error));
    CHECK_INT(VM_ExecutionGetState(waiting->execution), VM_EXECUTION_PENDING);
}

static void end(Waiting *waiting, VM_Status completed, VM_Status expected, const char *trace, int line)
{
    VM_Status answer = 77;
    CHECK_OK(VM_CompleteEvent(waiting->token, completed, "late", &error));
    check_status(VM_ExecutionPoll(waiting->execution, &error), VM_STATUS_OK, NULL, __FILE__, line, "poll");
    check_status(VM_ExecutionGetAnswer(waiting->execution, &answer, &error), VM_STATUS_OK, NULL, __FILE__, line, "answer");
    check_int(answer, expected, __FILE__, line, "the answer");
    check_text(string_of(waiting->event, "trace"), trace, __FILE__, line, "the trace");
    VM_ExecutionDelete(waiting->execution);
    VM_EventDelete(waiting->event);
}
#define END(waiting, completed, answer, trace) end(waiting, completed, answer, trace, __LINE__)

/* A context with the first version, and the second one, to which it is not updated yet. */
static VM_Context *new_context_and_version(VM_Plugin **next)
{
    VM_PluginRegistry *registry = REGISTRY_WITH("hooks_a", "hooks_b");
    VM_Context *context = new_context(engine);
    NEED(VM_ContextRegisterPlugins(context, registry, &error));
    NEED(VM_PluginRegistryUpdateFromPath(registry, plugin_file("hooks_a_2").text, NULL, &error));
    NEED(VM_PluginRegistryFind(registry, "hooks_a", next, &error));
    CHECK_TEXT(VM_PluginGetVersion(*next), "2.0.0");
    VM_PluginRegistryDelete(registry);
    said[0] = '\0';
    return context;
}

static void goes_on_in_the_old_instance(void)
{
    Waiting one, other, later;
    VM_Plugin *next = NULL;
    VM_Context *context = new_context_and_version(&next);
    start(context, &one, "hooks_a", "resume");
    start(context, &other, "hooks_a", "resume");
    CHECK_OK(VM_ContextUpdatePlugin(context, next, &error));
    CHECK_SAID(""); /* two events wait for the old instance */
    CHECK_INT(VM_ExecutionGetState(one.execution), VM_EXECUTION_PENDING);

    /* A new event is one of the new version. */
    CHECK_ANSWER(context, EVENT(NO_PAIRS), VM_STATUS_OK, "hooks_a_2 hooks_b ");
    start(context, &later, "hooks_a_2", "resume");

    END(&one, VM_STATUS_OK, VM_STATUS_OK, "hooks_a resumed-hooks_a hooks_b ");
    CHECK_SAID("hooks_a release; "); /* and one still waits */
    /* Called again from the first hook on, the event comes to the new version. */
    END(&other, VM_STATUS_RETRY, VM_STATUS_OK, "hooks_a resumed-hooks_a hooks_a_2 hooks_b ");
    CHECK_SAID("hooks_a release; hooks_a destroy; ");
    END(&later, VM_STATUS_COMPLETE, VM_STATUS_COMPLETE, "hooks_a_2 resumed-hooks_a_2 ");
    CHECK_SAID("hooks_a release; ");
    VM_PluginRelease(next);
    VM_ContextDelete(context);
    CHECK_SAID("hooks_b destroy; hooks_a destroy; ");
}

static void is_cancelled_in_the_old_instance(void)
{
    Waiting waiting;
    VM_Plugin *next = NULL;
    VM_Context *context = new_context_and_version(&next);
    start(context, &waiting, "hooks_a", "resume");
    CHECK_OK(VM_ContextUpdatePlugin(context, next, &error));
    CHECK_SAID("");
    VM_ExecutionDelete(waiting.execution);
    CHECK_SAID("hooks_a cancel; hooks_a release; hooks_a destroy; ");
    CHECK_STATUS(VM_CompleteEvent(waiting.token, VM_STATUS_OK, NULL, &error), VM_STATUS_STALE, NULL);
    VM_EventDelete(waiting.event);
    VM_PluginRelease(next);
    VM_ContextDelete(context);
    CHECK_SAID("hooks_b destroy; hooks_a destroy; ");
}

static void the_context_ends_meanwhile(void)
{
    Waiting waiting;
    VM_Plugin *next = NULL;
    VM_Context *context = new_context_and_version(&next);
    start(context, &waiting, "hooks_a", "resume");
    CHECK_OK(VM_ContextUpdatePlugin(context, next, &error));
    VM_PluginRelease(next);
    VM_ContextDelete(context);
    CHECK_SAID("hooks_a cancel; hooks_a release; hooks_a destroy; hooks_b destroy; hooks_a destroy; ");
    CHECK_STATUS(VM_CompleteEvent(waiting.token, VM_STATUS_OK, NULL, &error), VM_STATUS_STALE, NULL);
    VM_ExecutionDelete(waiting.execution);
    VM_EventDelete(waiting.event);
}

int main(void)
{
    start_listening();
    engine = new_engine();
    goes_on_in_the_old_instance();
    is_cancelled_in_the_old_instance();
    the_context_ends_meanwhile();
    VM_EngineDelete(engine);
    stop_listening();
    return finish();
}
