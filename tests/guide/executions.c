#include "guide.h"
#include <pthread.h>
#include <sys/epoll.h>
#include <unistd.h>

/* A function of the host that another thread completes: it doubles its argument. */
struct wait {
    VM_Token token;
    int number;
};

static void *complete(void *given)
{
    struct wait *wait = given;
    VM_Value result = VM_ValueI32(2 * wait->number);

    usleep(1000);
    VM_Complete(wait->token, &result, 1, NULL);
    free(wait);
    return NULL;
}

static VM_Status wait_for(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    struct wait *wait = malloc(sizeof *wait);
    pthread_t thread;
    VM_Status status = VM_CallerSuspend(caller, NULL, &wait->token);

    wait->number = args[0].of.i32;
    CHECK(status == VM_STATUS_PENDING && !pthread_create(&thread, NULL, complete, wait));
    pthread_detach(thread);
    return status;
}

static VM_HostModule *host;

static VM_Instance make(VM_Context **context)
{
    VM_Instance instance;

    VM_ContextCreate(engine, NULL, context, &error);
    VM_ContextRegisterModule(*context, host, &error);
    VM_ContextInstantiate(*context, module, &instance, &error);
    WELL();
    return instance;
}

static void poll_it(void)
{
    VM_Queue *queue;
    VM_Context *context;
    VM_Instance instance = make(&context);
    VM_Value args[] = { VM_ValueI32(21) }, results[1];

#include "starting-and-polling.c"
    error = NULL;
    CHECK(results[0].of.i32 == 42);
    VM_ContextDelete(context);
}

static int finished;

static void finish(VM_Execution *execution)
{
    VM_Value result;

    VM_ExecutionGetResults(execution, &result, 1, &error);
    WELL();
    finished += result.of.i32;
    VM_ExecutionDelete(execution);
}

static void with_epoll(void)
{
    VM_Queue *queue;
    VM_Context *contexts[2];
    VM_Value args[] = { VM_ValueI32(5) };
    int loop = epoll_create1(0);

    VM_QueueCreate(&queue, &error);
    for (int i = 0; i < 2; i++) {
        VM_Execution *execution;
        VM_Instance instance = make(&contexts[i]);
        VM_ContextStart(contexts[i], instance, "serve", args, 1, queue, &execution, &error);
    }
    while (finished < 20) {
#include "queues.c"
        usleep(500);
        epoll_ctl(loop, EPOLL_CTL_DEL, (int)VM_QueueGetHandle(queue), &event);
    }
    close(loop);
    VM_QueueDelete(queue);
    VM_ContextDelete(contexts[0]);
    VM_ContextDelete(contexts[1]);
}

static int answer;

static void log_failure(void *guest, const char *message)
{
    fprintf(stderr, "%s\n", message);
    exit(1);
}

#define VM_ExecutionDelete(execution) (answer = result.of.i32, VM_ExecutionDelete(execution))
#include "several-threads.c"
#undef VM_ExecutionDelete

static void *drain(void *given)
{
    VM_Queue *queue = given;

#include "several-threads-3.c"
    return NULL;
}

static void with_threads(void)
{
    VM_Queue *queue;
    VM_Context *context;
    VM_Execution *execution;
    VM_Instance instance = make(&context);
    VM_Value args[] = { VM_ValueI32(4) };
    void *guest = NULL;
    pthread_t thread;

    VM_QueueCreate(&queue, &error);
    CHECK(!pthread_create(&thread, NULL, drain, queue) && !pthread_detach(thread)); /* it ends with the process */
#include "several-threads-2.c"
    WELL();
    while (!answer)
        usleep(500);
    CHECK(answer == 8);
    VM_ContextDelete(context);
}

int main(void)
{
    VM_EngineCreate(NULL, &engine, &error);
    load("guest.wasm");
    VM_HostModuleCreate("env", &host, &error);
    VM_HostModuleAddFunction(host, "wait", "(i)i", wait_for, NULL, NULL, &error);
    VM_HostModuleSetFunctionFlags(host, "wait", VM_FUNCTION_MAY_SUSPEND, &error);
    poll_it();
    with_epoll();
    with_threads();
    VM_HostModuleDelete(host);
    end();
}
