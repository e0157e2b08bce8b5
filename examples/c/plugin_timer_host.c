/*
 * A hundred guests sleep at once on one thread, with the plug-in of plugin_timer.c.
 *
 *     cc plugin_timer_host.c -o plugin_timer_host $(pkg-config --cflags --libs libvm)
 *     wat2wasm nap.wat && ./plugin_timer_host timer.so nap.wasm
 *
 * One event loop does everything: it runs the plug-in's timers, and it watches the queue of the executions that can go on.
 */
#include <libvm.h>
#include <stdio.h>

enum { GUESTS = 100 };

static VM_Error *error;
static int awake;

/* The queue has executions that were completed. */
static void go_on(void *user, uint64_t id, VM_LoopEvents events)
{
    VM_Queue *queue = user;
    VM_Execution *next;
    VM_Value result;
    (void)id;
    (void)events;
    while (!error && (next = VM_QueueNext(queue)) != NULL)
        if (!VM_ExecutionPoll(next, &error) && VM_ExecutionGetState(next) == VM_EXECUTION_DONE &&
            !VM_ExecutionGetResults(next, &result, 1, &error) && result.of.i32 == 21)
            awake++;
}

int main(int argc, char **argv)
{
    VM_Engine *engine = NULL;
    VM_Module *module = NULL;
    VM_PluginRegistry *registry = NULL;
    VM_Loop *loop = NULL;
    VM_Queue *queue = NULL;
    VM_Context *vm[GUESTS] = { NULL };
    VM_Execution *nap[GUESTS] = { NULL };
    VM_Instance instance;
    VM_Value ms = VM_ValueI32(20);
    int i;

    if (argc != 3) {
        fprintf(stderr, "usage: %s PLUGIN WASM\n", argv[0]);
        return 2;
    }
    if (!VM_LoopCreate(&loop, &error) && !VM_QueueCreate(&queue, &error) && !VM_EngineCreate(NULL, &engine, &error) &&
        !VM_ModuleLoadFromFile(engine, argv[2], &module, &error) && !VM_PluginRegistryCreate(&registry, &error) &&
        !VM_PluginRegistrySetLoop(registry, loop, &error) && !VM_PluginLoadFromPath(registry, argv[1], NULL, &error) &&
        !VM_LoopWatch(loop, VM_QueueGetHandle(queue), VM_LOOP_READABLE, go_on, queue, NULL, NULL, &error)) {
        for (i = 0; i < GUESTS && !error; i++)
            if (!VM_ContextCreate(engine, NULL, &vm[i], &error) && !VM_ContextRegisterPlugins(vm[i], registry, &error) &&
                !VM_ContextInstantiate(vm[i], module, &instance, &error))
                VM_ContextStart(vm[i], instance, "nap", &ms, 1, queue, &nap[i], &error);
        while (!error && awake < GUESTS)
            VM_LoopRunOnce(loop, UINT64_MAX, &error);
        printf("%d guests slept and woke\n", awake);
    }
    if (error)
        fprintf(stderr, "%s: %s\n", VM_StatusGetName(VM_ErrorGetStatus(error)), VM_ErrorGetMessage(error));

    int failed = error != NULL;
    VM_ErrorDelete(error);
    for (i = 0; i < GUESTS; i++) {
        VM_ExecutionDelete(nap[i]);
        VM_ContextDelete(vm[i]);
    }
    VM_LoopDelete(loop); /* it watches the queue */
    VM_QueueDelete(queue);
    VM_PluginRegistryDelete(registry);
    VM_ModuleDelete(module);
    VM_EngineDelete(engine);
    return failed;
}
