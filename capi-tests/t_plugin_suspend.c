/* Plug-ins that suspend their guests: completed from their own threads, cancelled with their context, under each threading. */
#include "plugin_log.h"

static VM_Engine *engine;

static VM_Context *context_with(const char *plugin)
{
    VM_PluginRegistry *registry = new_registry();
    VM_Context *context = new_context(engine);
    NEED(VM_PluginLoadFromPath(registry, plugin_file(plugin).text, NULL, &error));
    NEED(VM_ContextRegisterPlugins(context, registry, &error));
    instantiate(engine, context, GUEST("suspend_plugin"));
    VM_PluginRegistryDelete(registry); /* the context keeps the plug-in */
    return context;
}

static VM_Execution *start(VM_Context *context, int32_t number)
{
    VM_Execution *execution = NULL;
    VM_Value argument = VM_ValueI32(number);
    NEED(VM_ContextStart(context, latest(context), "wait", &argument, 1, NULL, &execution, &error));
    return execution;
}

static void on_a_thread(void *(*work)(void *), void *argument)
{
    pthread_t thread;
    SURE(pthread_create(&thread, NULL, work, argument) == 0);
    SURE(pthread_join(thread, NULL) == 0);
}

/* What was logged, each line with the plug-in's name. */
static void check_said(const char *plugin, const char *const *lines, int line)
{
    char expected[1000] = "";
    for (; *lines; lines++)
        snprintf(expected + strlen(expected), sizeof expected - strlen(expected), "%s %s; ", plugin, *lines);
    check_text(said, expected, __FILE__, line, "the log");
    said[0] = '\0';
}
#define CHECK_LINES(plugin, ...) check_said(plugin, (const char *const[]){ __VA_ARGS__, NULL }, __LINE__)

/* The rules that all kinds of plug-ins share. */
static void any_kind(const char *plugin)
{
    VM_Context *context = context_with(plugin);
    VM_Value value = VM_ValueI32(1);
    CHECK_INT(run(context, "wait", VALUES(VM_ValueI32(20))), 41);
    CHECK_LINES(plugin, "resume", "release");
    CHECK_INT(run(context, "clocks", NO_VALUES), 1);

    CHECK_INT(run(context, "wait", VALUES(VM_ValueI32(7777))), 7779); /* suspended again in resume */
    CHECK_LINES(plugin, "resume", "release", "resume", "release");

    VM_Execution *execution = start(context, 30);
    CHECK_OK(VM_ExecutionWait(execution, 60000, &error));
    CHECK_OK(VM_ExecutionGetResults(execution, &value, 1, &error));
    CHECK_INT(value.of.i32, 61);
    VM_ExecutionDelete(execution);
    CHECK_LINES(plugin, "resume", "release");

    execution = start(context, -3);
    CHECK_STATUS(VM_ExecutionWait(execution, 60000, &error), VM_STATUS_USER - 3, "host function `suspends.wait` failed: no luck");
    CHECK_TEXT(VM_ErrorGetPluginName(error), plugin);
    VM_ExecutionDelete(execution);
    CHECK_LINES(plugin, "resume", "release");

    CHECK_STATUS(VM_ContextExecute(context, latest(context), "wait_unflagged", &value, 1, &value, 1, &error), VM_STATUS_UNSUPPORTED,
                 "host function `suspends.wait_unflagged` cannot suspend: it does not have the flag VM_FUNCTION_MAY_SUSPEND");
    CHECK_LINES(plugin, "cancel", "release");

    execution = start(context, 9999); /* a thread of the plug-in completes it when it is too late */
    CHECK_OK(VM_ExecutionCancel(execution, &error));
    CHECK_STATUS(VM_ExecutionPoll(execution, &error), VM_STATUS_CANCELLED, NULL);
    VM_ExecutionDelete(execution);
    CHECK_LINES(plugin, "cancel", "release");

    execution = start(context, 0);
    VM_ExecutionDelete(execution);
    CHECK_LINES(plugin, "cancel", "release");

    execution = start(context, 0);
    CHECK_OK(VM_ContextReset(context, &error));
    CHECK_LINES(plugin, "cancel", "release", "destroy");
    VM_ExecutionDelete(execution);

    instantiate(engine, context, GUEST("suspend_plugin"));
    execution = start(context, 9999);
    VM_ContextDelete(context);
    CHECK_LINES(plugin, "cancel", "release", "destroy");
    VM_ExecutionDelete(execution);
}

static void *poll_it(void *execution)
{
    while (VM_ExecutionGetState(execution) == VM_EXECUTION_PENDING)
        ;
    CHECK_STATUS(VM_ExecutionPoll(execution, &error), VM_STATUS_WRONG_THREAD,
                 "host function `suspends.wait` was not resumed: the plug-in is thread-affine");
    forget_error();
    VM_ExecutionDelete(execution);
    return NULL;
}

static void *delete_it(void *context)
{
    VM_ContextDelete(context);
    return NULL;
}

/* On another thread nothing of the plug-in runs: it is told when its own thread next does something. */
static void affine(void)
{
    VM_Context *context = context_with("suspends_affine");
    VM_Execution *execution = start(context, 8888);
    CHECK_INT(VM_ExecutionGetState(execution), VM_EXECUTION_PENDING);
    write_content("marks", "", 0);
    on_a_thread(poll_it, execution);
    CHECK_SAID("");
    CHECK_INT(run(context, "wait", VALUES(VM_ValueI32(1))), 3);
    CHECK_LINES("suspends_affine", "cancel", "release", "resume", "release");

    execution = start(context, 9999);
    on_a_thread(delete_it, context); /* the library stays until all of it is released */
    CHECK_SAID("");
    VM_ContextDelete(new_context(engine));
    CHECK_LINES("suspends_affine", "cancel", "release", "destroy");
    VM_ExecutionDelete(execution);
}

static void *wait_for_it(void *execution)
{
    CHECK_OK(VM_ExecutionWait(execution, 60000, &error));
    forget_error();
    return NULL;
}

/* Executions move between threads, also those of a serialized plug-in. */
static void moved(const char *plugin)
{
    VM_Context *context = context_with(plugin);
    VM_Execution *execution = start(context, 5);
    VM_Value value = VM_ValueI32(0);
    on_a_thread(wait_for_it, execution);
    CHECK_OK(VM_ExecutionGetResults(execution, &value, 1, &error));
    CHECK_INT(value.of.i32, 11);
    VM_ExecutionDelete(execution);
    execution = start(context, 0);
    on_a_thread(delete_it, context);
    CHECK_LINES(plugin, "resume", "release", "cancel", "release", "destroy");
    VM_ExecutionDelete(execution);
}

static void described(void)
{
    VM_PluginRegistry *registry = new_registry();
    NEED(VM_PluginLoadFromPath(registry, plugin_file("suspends").text, NULL, &error));
    VM_Plugin *plugin = NULL;
    NEED(VM_PluginRegistryFind(registry, "suspends", &plugin, &error));
    const VM_PluginFunction *function = VM_PluginGetFunction(plugin, 0, 0);
    CHECK_INT(function->flags, VM_FUNCTION_MAY_SUSPEND | VM_FUNCTION_THREAD_STACK);
    CHECK_INT(VM_PluginGetFunction(plugin, 0, 1)->flags, VM_FUNCTION_MAY_BLOCK);
    VM_PluginRelease(plugin);
    VM_PluginRegistryDelete(registry);
}

int main(void)
{
    make_scratch();
    start_listening();
    engine = new_engine();
    any_kind("suspends");
    any_kind("suspends_serialized");
    any_kind("suspends_affine");
    affine();
    moved("suspends");
    moved("suspends_serialized");
    described();
    VM_EngineDelete(engine);
    stop_listening();
    return finish();
}
