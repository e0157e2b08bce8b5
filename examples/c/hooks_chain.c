/* Three plug-ins decide about a job, one after the other: the first checks it, the second asks for another round, and the third answers later. */
#include <libvm.h>
#include <stdio.h>

/* The host's own hook comes after those of the plug-ins. */
static VM_Status print(void *user, VM_Event *event)
{
    const char *job = "";
    (void)user;
    VM_EventGetString(event, "job", &job);
    printf("  host: printing %s\n", job);
    return VM_STATUS_OK;
}

static VM_Status decide(VM_Context *context, VM_Queue *queue, const char *job, VM_Error **error)
{
    VM_Event *event = NULL;
    VM_Execution *execution = NULL;
    VM_Status answer = VM_STATUS_OK;

    printf("%s:\n", job);
    if (!VM_EventCreate("print.job", &event, error) && !VM_EventSetString(event, "job", job) &&
        !VM_ContextStartHooks(context, event, queue, &execution, error)) {
        /* The event waits, not the context: other jobs could go on here. */
        if (VM_ExecutionGetState(execution) == VM_EXECUTION_PENDING)
            printf("  host: the answer comes later\n");
        if (!VM_ExecutionWait(execution, 10000, error) && !VM_ExecutionGetAnswer(execution, &answer, error) &&
            answer == VM_STATUS_COMPLETE)
            printf("  host: refused\n");
    }
    VM_ExecutionDelete(execution);
    VM_EventDelete(event);
    return *error ? VM_ErrorGetStatus(*error) : VM_STATUS_OK;
}

int main(int argc, char **argv)
{
    VM_Engine *engine = NULL;
    VM_PluginRegistry *plugins = NULL;
    VM_Context *context = NULL;
    VM_Queue *queue = NULL;
    VM_Error *error = NULL;
    int i;

    if (argc < 3) {
        fprintf(stderr, "usage: %s <directory of plug-ins> <job>...\n", argv[0]);
        return 2;
    }
    if (!VM_EngineCreate(NULL, &engine, &error) && !VM_PluginRegistryCreate(&plugins, &error) &&
        !VM_PluginRegistryDeclareHookPoint(plugins, "print.job", "a job is about to be printed", &error) &&
        !VM_PluginLoadFromPath(plugins, argv[1], NULL, &error) && !VM_ContextCreate(engine, NULL, &context, &error) &&
        !VM_ContextRegisterPlugins(context, plugins, &error) && !VM_ContextSetHookTimeout(context, 5000, &error) &&
        !VM_ContextAddHook(context, "print.job", VM_HOOK_LAST, print, NULL, NULL, &error) && !VM_QueueCreate(&queue, &error))
        for (i = 2; i < argc && !decide(context, queue, argv[i], &error); i++)
            ;
    if (error)
        fprintf(stderr, "%s\n", VM_ErrorGetMessage(error));
    i = error != NULL;
    VM_ErrorDelete(error);
    VM_QueueDelete(queue);
    VM_ContextDelete(context);
    VM_PluginRegistryDelete(plugins);
    VM_EngineDelete(engine);
    return i;
}
