/*
 * Two threads drain one queue: each goes on with whatever guest is ready, and a third thread completes what the guests wait for.
 *
 *     cc queue_threads.c -o queue_threads $(pkg-config --cflags --libs libvm) -pthread
 *     wat2wasm nap.wat && ./queue_threads nap.wasm
 *
 * Once a thread has polled an execution, another one may poll it, to its end, and delete it: nobody uses an execution after
 * VM_ExecutionPoll. The callback of each execution is called exactly once, and takes its results.
 */
#include <libvm.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { GUESTS = 200, THREADS = 2 };

static VM_Queue *queue;
static VM_Loop *loop;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int unfinished = GUESTS, slept;

static int count_unfinished(void)
{
    pthread_mutex_lock(&lock);
    int count = unfinished;
    pthread_mutex_unlock(&lock);
    return count;
}

/* Is called on the thread that ends the execution, or by VM_ExecutionSetCallback if it has already ended. */
static void VM_CALL ended(void *user, VM_Execution *execution)
{
    VM_Value result = VM_ValueI32(0);
    VM_Error *error = NULL;
    (void)user;
    if (VM_ExecutionGetResults(execution, &result, 1, &error))
        fprintf(stderr, "%s\n", VM_ErrorGetMessage(error));
    VM_ErrorDelete(error);
    VM_ExecutionDelete(execution);
    pthread_mutex_lock(&lock);
    slept += result.of.i32 == 4;
    unfinished--;
    pthread_mutex_unlock(&lock);
}

static void *drain(void *user)
{
    while (count_unfinished() > 0)
        if (!VM_QueueWait(queue, 10, NULL))
            for (VM_Execution *next; (next = VM_QueueNext(queue)) != NULL;)
                VM_ExecutionPoll(next, NULL); /* `ended` reports its failure */
    return user;
}

/* The timer is due: any of the two threads may go on with the guest. */
static void VM_CALL wake(void *token, uint64_t timer)
{
    (void)timer;
    VM_Complete(*(VM_Token *)token, NULL, 0, NULL);
}

static VM_Status VM_CALL host_sleep(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    VM_Token *token = malloc(sizeof *token);
    (void)user;
    (void)results;
    if (!token)
        return VM_STATUS_OUT_OF_MEMORY;
    VM_Status status = VM_CallerSuspend(caller, NULL, token);
    if (status != VM_STATUS_PENDING)
        free(token);
    else if (VM_LoopStartTimer(loop, (uint64_t)args[0].of.i32, 0, wake, token, free, NULL, NULL)) /* frees the token in any case */
        return VM_CallerFail(caller, VM_STATUS_IO, "the timer cannot be started");
    return status;
}

static VM_Status start(VM_Context *vm, const VM_Module *module, VM_HostModule *host, VM_Error **error)
{
    VM_Instance instance;
    VM_Execution *execution;
    VM_Value ms = VM_ValueI32(3);
    VM_Status status = VM_ContextRegisterModule(vm, host, error);
    if (!status)
        status = VM_ContextInstantiate(vm, module, &instance, error);
    if (!status)
        status = VM_ContextStart(vm, instance, "nap", &ms, 1, queue, &execution, error);
    return status ? status : VM_ExecutionSetCallback(execution, ended, NULL, NULL, error);
}

int main(int argc, char **argv)
{
    VM_Engine *engine = NULL;
    VM_Module *module = NULL;
    VM_HostModule *host = NULL;
    VM_Context *contexts[GUESTS] = { NULL };
    VM_Error *error = NULL;
    pthread_t threads[THREADS];
    int started = 0, running = 0;

    if (argc != 2) {
        fprintf(stderr, "usage: %s nap.wasm\n", argv[0]);
        return 2;
    }
    if (!VM_EngineCreate(NULL, &engine, &error) && !VM_ModuleLoadFromFile(engine, argv[1], &module, &error) &&
        !VM_QueueCreate(&queue, &error) && !VM_LoopCreate(&loop, &error) && !VM_HostModuleCreate("timer", &host, &error) &&
        !VM_HostModuleAddFunction(host, "sleep", "(i)", host_sleep, NULL, NULL, &error) &&
        !VM_HostModuleSetFunctionFlags(host, "sleep", VM_FUNCTION_MAY_SUSPEND, &error)) {
        while (running < THREADS && pthread_create(&threads[running], NULL, drain, NULL) == 0)
            running++;
        while (running == THREADS && started < GUESTS && !VM_ContextCreate(engine, NULL, &contexts[started], &error) &&
               !start(contexts[started], module, host, &error))
            started++;
        pthread_mutex_lock(&lock);
        unfinished -= GUESTS - started; /* those that could not be started */
        pthread_mutex_unlock(&lock);
        while (!error && count_unfinished() > 0)
            VM_LoopRunOnce(loop, 10, &error);
        for (int i = 0; i < running; i++)
            pthread_join(threads[i], NULL);
    }
    printf("%d guests slept on %d threads\n", slept, running);
    if (error)
        fprintf(stderr, "%s\n", VM_ErrorGetMessage(error));
    for (int i = 0; i < GUESTS; i++)
        VM_ContextDelete(contexts[i]);
    VM_ErrorDelete(error);
    VM_LoopDelete(loop);
    VM_QueueDelete(queue);
    VM_HostModuleDelete(host);
    VM_ModuleDelete(module);
    VM_EngineDelete(engine);
    return slept != GUESTS;
}
