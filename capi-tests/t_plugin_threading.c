/* Threading flags: thread-affine, serialized, and no deadlock between two serialized plug-ins. */
#include "plugin_log.h"

static VM_Engine *engine;

static VM_PluginRegistry *registry_with(const char *plugin)
{
    VM_PluginRegistry *registry = new_registry();
    NEED(VM_PluginLoadFromPath(registry, plugin_file(plugin).text, NULL, &error));
    return registry;
}

static VM_Context *context_with(VM_PluginRegistry *registry)
{
    VM_Context *context = new_context(engine);
    NEED(VM_ContextRegisterPlugins(context, registry, &error));
    instantiate(engine, context, GUEST("kinds"));
    return context;
}

static void on_a_thread(void *(*work)(void *), void *argument)
{
    pthread_t thread;
    SURE(pthread_create(&thread, NULL, work, argument) == 0);
    SURE(pthread_join(thread, NULL) == 0);
}

static void *call_on_a_wrong_thread(void *context)
{
    VM_Value result;
    CHECK_STATUS(VM_ContextExecute(context, latest(context), "count", NO_VALUES, &result, 1, &error), VM_STATUS_WRONG_THREAD,
                 "host function `kinds.count` was not called: the plug-in is thread-affine");
    CHECK_TEXT(VM_ErrorGetFunctionName(error), "count");
    CHECK_INT(VM_ErrorGetTrapCode(error), VM_TRAP_HOST_FUNCTION);
    forget_error();
    return NULL;
}

static void *delete_it(void *context)
{
    VM_ContextDelete(context);
    return NULL;
}

static void *use_one_here(void *registry)
{
    VM_Context *context = context_with(registry);
    CHECK_INT(run(context, "is_home", NO_VALUES), 1);
    VM_ContextDelete(context);
    forget_error();
    return NULL;
}

/* Each context's instance belongs to the thread that registered the plug-in there. */
static void affine_instances(void)
{
    VM_PluginRegistry *registry = registry_with("affine");
    VM_Context *context = context_with(registry), *other;
    CHECK_INT(run(context, "is_home", NO_VALUES), 1);
    on_a_thread(call_on_a_wrong_thread, context);
    CHECK_INT(run(context, "count", NO_VALUES), 1);
    on_a_thread(use_one_here, registry);
    CHECK_SAID("affine initialize; affine create; affine create; affine destroy; ");

    /* Deleted elsewhere, it waits for its thread's next call of the plug-in. */
    other = context_with(registry);
    on_a_thread(delete_it, other);
    CHECK_SAID("affine create; ");
    CHECK_INT(run(context, "count", NO_VALUES), 2);
    CHECK_SAID("affine destroy; ");

    /* Or for its next work with any context or registry; the plug-in waits with it. */
    on_a_thread(delete_it, context);
    VM_PluginRegistryDelete(registry);
    CHECK_SAID("affine destroy; affine cleanup; ");
}

static void *register_it(void *argument)
{
    *(VM_Context **)argument = context_with(*(VM_PluginRegistry **)argument);
    return NULL;
}

static void *delete_registry(void *registry)
{
    VM_PluginRegistryDelete(registry);
    return NULL;
}

/* The one instance belongs to the thread that registered the plug-in first. */
static void an_affine_singleton(void)
{
    VM_PluginRegistry *registry = registry_with("affine_singleton");
    VM_Context *context = context_with(registry);
    void *other = registry;
    on_a_thread(register_it, &other);
    on_a_thread(call_on_a_wrong_thread, other);
    CHECK_INT(run(other, "count", NO_VALUES), 1);
    CHECK_INT(run(context, "count", NO_VALUES), 2);
    VM_ContextDelete(other);
    VM_ContextDelete(context);
    CHECK_SAID("affine_singleton initialize; affine_singleton create; ");
    on_a_thread(delete_registry, registry);
    CHECK_SAID("");
    VM_ContextDelete(new_context(engine));
    CHECK_SAID("affine_singleton destroy; affine_singleton cleanup; ");
}

/* A call may come back to the plug-in through the guest. */
static void serialized_ones_reenter(void)
{
    VM_PluginRegistry *registry = registry_with("serialized");
    VM_Context *context = context_with(registry);
    CHECK_INT(run(context, "twice", NO_VALUES), 1);
    VM_ContextDelete(context);
    VM_PluginRegistryDelete(registry);
    CHECK_SAID("serialized initialize; serialized create; serialized destroy; serialized cleanup; ");
}

typedef struct Crossing {
    VM_PluginRegistry *registry;
    pthread_barrier_t both;
    atomic_int worked, busy;
} Crossing;

typedef struct Way {
    Crossing *crossing;
    const char *export;
} Way;

static VM_Status VM_CALL meet(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)caller;
    (void)args;
    (void)results;
    pthread_barrier_wait(user);
    return VM_STATUS_OK;
}

static void *go_through_both(void *argument)
{
    const Way *way = argument;
    VM_Context *context = new_context(engine);
    VM_HostModule *host = new_host("host");
    VM_Value result;
    VM_Status status;
    NEED(VM_HostModuleAddFunction(host, "meet", "()", meet, &way->crossing->both, NULL, &error));
    NEED(VM_ContextRegisterModule(context, host, &error));
    VM_HostModuleDelete(host);
    NEED(VM_ContextRegisterPlugins(context, way->crossing->registry, &error));
    instantiate(engine, context, GUEST("circle"));
    forget_error();
    /* Registering is a turn too. */
    pthread_barrier_wait(&way->crossing->both);
    status = VM_ContextExecute(context, latest(context), way->export, NO_VALUES, &result, 1, &error);
    way->crossing->worked += status == VM_STATUS_OK;
    way->crossing->busy += status == VM_STATUS_BUSY;
    if (status) {
        CHECK(strstr(VM_ErrorGetMessage(error), "was not called: the plug-in is serialized") != NULL);
        CHECK(VM_ErrorIsRetryable(error));
    }
    forget_error();
    VM_ContextDelete(context);
    return NULL;
}

/* One thread is in a and waits for b, another is in b and waits for a: one fails, and the other continues. */
static void two_serialized_ones_do_not_deadlock(void)
{
    Crossing crossing = { .registry = registry_with("serialized_a") };
    Way ways[2] = { { &crossing, "a_then_b" }, { &crossing, "b_then_a" } };
    pthread_t threads[2];
    NEED(VM_PluginLoadFromPath(crossing.registry, plugin_file("serialized_b").text, NULL, &error));
    SURE(pthread_barrier_init(&crossing.both, NULL, 2) == 0);
    for (int i = 0; i < 2; i++)
        SURE(pthread_create(&threads[i], NULL, go_through_both, &ways[i]) == 0);
    for (int i = 0; i < 2; i++)
        SURE(pthread_join(threads[i], NULL) == 0);
    CHECK_INT(crossing.worked, 1);
    CHECK_INT(crossing.busy, 1);
    pthread_barrier_destroy(&crossing.both);
    VM_PluginRegistryDelete((VM_PluginRegistry *)crossing.registry);
    said[0] = '\0';
}

int main(void)
{
    make_scratch();
    engine = new_engine();
    start_listening();
    affine_instances();
    an_affine_singleton();
    serialized_ones_reenter();
    two_serialized_ones_do_not_deadlock();
    check_refused(plugin_file("two_threadings").text, VM_STATUS_PLUGIN_BAD_DESCRIPTOR, "two_threadings", "use one of them");
    check_refused(plugin_file("unknown_flag").text, VM_STATUS_PLUGIN_BAD_DESCRIPTOR, "unknown_flag", "its flags 0x80000");
    VM_EngineDelete(engine);
    stop_listening();
    return finish();
}
