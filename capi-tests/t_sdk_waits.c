/* A plug-in in each language suspends its guest, and is told when the wait ends without a completion; otherwise it is told nothing. */
#include "sdk.h"

static VM_PluginRegistry *registry;
static const char ended[] = "sdk/one cancelled; sdk/one released; ";

static void begin(void)
{
    VM_ContextConfig *config = NULL;
    NEED(VM_ContextConfigCreate(&config, &error));
    NEED(VM_ContextConfigSetName(config, "one", &error));
    NEED(VM_ContextCreate(engine, config, &context, &error));
    VM_ContextConfigDelete(config);
    NEED(VM_ContextRegisterPlugins(context, registry, &error));
    instantiate(engine, context, GUEST("sdk_waits"));
    said[0] = '\0';
}

static VM_Execution *start(int32_t how)
{
    VM_Execution *execution = NULL;
    NEED(VM_ContextStart(context, latest(context), "waits", VALUES(VM_ValueI32(how)), NULL, &execution, &error));
    CHECK_INT(VM_ExecutionGetState(execution), VM_EXECUTION_PENDING);
    CHECK_SAID("");
    return execution;
}

/* On a slow machine its time may be over before it has called the plug-in: then it gets more. */
static void ends_with_its_time(int32_t how)
{
    uint64_t ms = 20;
    do {
        NEED(VM_ContextSetTimeout(context, ms, &error));
        CHECK_STATUS(call("waits", VALUES(VM_ValueI32(how))), VM_STATUS_TIMEOUT, NULL);
        ms *= 4;
    } while (said[0] == '\0' && ms < 60000);
}

static void ends_with_the_execution(void)
{
    VM_Execution *execution;
    begin();
    ends_with_its_time(0);
    CHECK_SAID(ended);
    NEED(VM_ContextSetTimeout(context, 0, &error));
    execution = start(0);
    CHECK_OK(VM_ExecutionCancel(execution, &error));
    CHECK_STATUS(VM_ExecutionPoll(execution, &error), VM_STATUS_CANCELLED, NULL);
    CHECK_SAID(ended);
    VM_ExecutionDelete(execution);
    execution = start(0);
    VM_ExecutionDelete(execution);
    CHECK_SAID(ended);
    VM_ContextDelete(context);
    CHECK_SAID("");
}

static void ends_with_the_context(void)
{
    VM_Execution *execution;
    begin();
    execution = start(0);
    CHECK_OK(VM_ContextReset(context, &error));
    CHECK_SAID(ended);
    VM_ExecutionDelete(execution);
    instantiate(engine, context, GUEST("sdk_waits"));
    CHECK_SAID("sdk an instance that says Hello; ");
    execution = start(0);
    VM_ContextDelete(context);
    CHECK_SAID(ended);
    VM_ExecutionDelete(execution);
    CHECK_SAID("");
}

static void ends_otherwise(void)
{
    begin();
    CHECK_INT(run(context, "waits", VALUES(VM_ValueI32(1))), 7);
    CHECK_SAID("sdk/one released; ");
    CHECK_STATUS(call("waits", VALUES(VM_ValueI32(2))), VM_STATUS_TRAP, "it does not wait");
    CHECK_SAID(ended);
    if (strcmp(sdk->file, "sdk_c") != 0) {
        ends_with_its_time(3);
        CHECK(strncmp(said, "sdk/one cancelled; ", 19) == 0);
        CHECK(strstr(said, sdk->borrows ? "sdk cancelling a suspension: the plug-in panicked: no end; " : "sdk cancelling a suspension: no end; ") != NULL);
        CHECK(strstr(said, "sdk/one released; ") != NULL);
        said[0] = '\0';
    }
    VM_ContextDelete(context);
    CHECK_SAID("");
}

int main(void)
{
    VM_EngineConfig *config = NULL;
    size_t i;
    make_scratch();
    start_listening();
    NEED(VM_EngineConfigCreate(&config, &error));
    NEED(VM_EngineConfigSetInterruptible(config, true, &error));
    NEED(VM_EngineCreate(config, &engine, &error));
    VM_EngineConfigDelete(config);
    for (i = 0; i < sizeof sdks / sizeof sdks[0]; i++) {
        sdk = &sdks[i];
        registry = new_registry();
        NEED(VM_PluginLoadFromPath(registry, plugin_file(sdk->file).text, NULL, &error));
        ends_with_the_execution();
        ends_with_the_context();
        ends_otherwise();
        VM_PluginRegistryDelete(registry);
    }
    VM_EngineDelete(engine);
    stop_listening();
    return finish();
}
