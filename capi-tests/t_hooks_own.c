/* The points of libvm: when their hooks are called, with what, and what their failures do. */
#include "hooks.h"

static char trace[2000];

/* Records the event, with its values. `user` is a status to return at the point that `refused` names. */
static const char *refused = "";
static VM_Status VM_CALL record(void *user, VM_Event *event)
{
    size_t length = strlen(trace);
    const char *key;
    VM_Token token;
    (void)user;
    length += (size_t)snprintf(trace + length, sizeof trace - length, "%s", event->point + strlen("libvm."));
    for (size_t i = 0; VM_EventGetKey(event, i, &key) == VM_STATUS_OK; i++) {
        const char *text = NULL;
        int64_t number = 0;
        if (VM_EventGetString(event, key, &text) == VM_STATUS_OK && strcmp(key, "message") != 0)
            length += (size_t)snprintf(trace + length, sizeof trace - length, " %s=%s", key, text);
        else if (VM_EventGetInteger(event, key, &number) == VM_STATUS_OK)
            length += (size_t)snprintf(trace + length, sizeof trace - length, " %s=%d", key, (int)number);
    }
    snprintf(trace + length, sizeof trace - length, "; ");
    CHECK_INT(VM_EventSuspend(event, NULL, &token), VM_STATUS_UNSUPPORTED);
    return strcmp(event->point, refused) == 0 ? VM_EventFail(event, VM_STATUS_USER, "not today") : VM_STATUS_OK;
}

#define CHECK_TRACE(expected) (CHECK_TEXT(trace, expected), (void)(trace[0] = '\0'))

static const char *const points[] = { "libvm.plugin.registered", "libvm.context.closing", "libvm.module.instantiated",
                                      "libvm.call.before",       "libvm.call.after",      "libvm.trap" };

static VM_Context *recorded(void)
{
    VM_Context *context = NULL;
    VM_ContextConfig *config = NULL;
    NEED(VM_ContextConfigCreate(&config, &error));
    NEED(VM_ContextConfigSetName(config, "tenant", &error));
    NEED(VM_ContextCreate(engine, config, &context, &error));
    VM_ContextConfigDelete(config);
    for (size_t i = 0; i < sizeof points / sizeof *points; i++)
        NEED(VM_ContextAddHook(context, points[i], VM_HOOK_LAST, record, NULL, NULL, &error));
    return context;
}

static void all_points(void)
{
    VM_Context *context = recorded();
    VM_PluginRegistry *registry = REGISTRY_WITH("hooks_a");
    VM_Value result;
    NEED(VM_ContextRegisterPlugins(context, registry, &error));
    CHECK_TRACE("plugin.registered plugin=hooks_a version=1.0.0; ");
    VM_Instance instance = instantiate(engine, context, GUEST("hooks"));
    CHECK_TRACE("module.instantiated index=0; ");
    CHECK_STATUS(VM_ContextExecute(context, instance, "unreachable", NO_VALUES, NO_VALUES, &error), VM_STATUS_TRAP, NULL);
    CHECK_TRACE("call.before function=unreachable; trap function=unreachable trap=1; call.after function=unreachable status=-400; ");
    instance = instantiate(engine, context, GUEST("hooks"));
    trace[0] = '\0';
    (void)result;
    (void)instance;

    refused = "libvm.call.before";
    CHECK_STATUS(VM_ContextExecute(context, latest(context), "answer", NO_VALUES, &result, 1, &error), VM_STATUS_USER,
                 "the host's hook at `libvm.call.before` failed: not today");
    CHECK_TRACE("call.before function=answer; ");
    refused = "libvm.call.after";
    CHECK_STATUS(VM_ContextExecute(context, latest(context), "answer", NO_VALUES, &result, 1, &error), VM_STATUS_USER, "not today");
    CHECK_TRACE("call.before function=answer; call.after function=answer status=0; ");
    refused = "libvm.module.instantiated";
    VM_Module *module = load(engine, GUEST("hooks"));
    size_t count = VM_ContextGetInstanceCount(context);
    CHECK_STATUS(VM_ContextInstantiate(context, module, NULL, &error), VM_STATUS_USER, "`libvm.module.instantiated` failed: not today");
    VM_Execution *execution = NULL;
    NEED(VM_ContextStartInstantiate(context, module, NULL, &execution, &error));
    CHECK_STATUS(VM_ExecutionPoll(execution, &error), VM_STATUS_USER, "not today");
    VM_ExecutionDelete(execution);
    CHECK_INT(VM_ContextGetInstanceCount(context), count);
    refused = "";
    NEED(VM_ContextStartInstantiate(context, module, NULL, &execution, &error));
    CHECK_OK(VM_ExecutionPoll(execution, &error));
    VM_ExecutionDelete(execution);
    CHECK_INT(VM_ContextGetInstanceCount(context), count + 1);
    VM_ModuleDelete(module);

    trace[0] = '\0';
    VM_PluginRegistry *others = REGISTRY_WITH("hooks_b");
    refused = "libvm.plugin.registered";
    said[0] = '\0';
    CHECK_STATUS(VM_ContextRegisterPlugins(context, others, &error), VM_STATUS_USER, "`libvm.plugin.registered` failed: not today");
    CHECK_SAID("hooks_b destroy; ");
    refused = "";
    NEED(VM_ContextRegisterPlugins(context, others, &error));
    CHECK_TRACE("plugin.registered plugin=hooks_b version=1.0.0; plugin.registered plugin=hooks_b version=1.0.0; ");
    VM_PluginRegistryDelete(others);

    /* After a reset too. */
    NEED(VM_ContextReset(context, &error));
    instantiate(engine, context, GUEST("hooks"));
    trace[0] = '\0';
    NEED(VM_ContextExecute(context, latest(context), "answer", NO_VALUES, &result, 1, &error));
    CHECK_TRACE("call.before function=answer; call.after function=answer status=0; ");
    refused = "libvm.context.closing"; /* which is only logged */
    VM_ContextDelete(context);
    CHECK_TRACE("context.closing context=tenant; ");
    refused = "";
    VM_PluginRegistryDelete(registry);
    said[0] = '\0';
}

int main(void)
{
    start_listening();
    engine = new_engine();
    all_points();
    VM_EngineDelete(engine);
    return finish();
}
