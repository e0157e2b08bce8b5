/*
 * Serves thousands of guests on one thread: they wait on timers and sockets, and those that misbehave are bounded.
 *
 *     cc server.c -o server $(pkg-config --cflags --libs libvm)
 *     wat2wasm server.wat && ./server server.wasm 1000
 *
 * Each guest has a context of its own, 16 MiB of memory, and 50 ms of computing time. A host function that waits suspends its guest; the
 * loop completes it. The thread waits in poll() for two descriptors: of the queue, where executions that can go on arrive, and of the
 * loop, which watches sockets and timers. The guest that computes without end lets the others run every millisecond.
 */
#include <libvm.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { DOZE, LISTEN, SPIN, GRAB, CANCELLED, KINDS, MAX_SOCKETS = 200, MAX_SPINNING = 20 };

typedef struct Guest {
    VM_Context *context;
    VM_Execution *execution;
    VM_Loop *loop;
    VM_Token token;
    int kind;
    int sockets[2];
} Guest;

/* sleep(ms): the timer completes it. */
static void wake(void *user, uint64_t timer)
{
    Guest *guest = user;
    VM_Value slept = VM_ValueI32(1);
    (void)timer;
    VM_Complete(guest->token, &slept, 1, NULL); /* VM_STATUS_STALE if the guest was cancelled meanwhile */
}

static VM_Status host_sleep(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    void *data = NULL;
    (void)user;
    (void)results;
    VM_CallerGetContextData(caller, &data);
    Guest *guest = data;
    VM_Status status = VM_CallerSuspend(caller, NULL, &guest->token);
    if (status == VM_STATUS_PENDING && VM_LoopStartTimer(guest->loop, (uint64_t)args[0].of.i32, 0, wake, guest, NULL, NULL, NULL))
        return VM_CallerFail(caller, VM_STATUS_IO, "the timer cannot be started");
    return status;
}

/* receive(buffer): when the socket is readable, `resume` reads into the guest's memory, wherever that is by then. */
static void readable(void *user, uint64_t watch, VM_LoopEvents events)
{
    Guest *guest = user;
    (void)events;
    VM_LoopUnwatch(guest->loop, watch, NULL);
    VM_Complete(guest->token, NULL, 0, NULL);
}

static VM_Status receive_now(void *user, VM_Caller *caller, const VM_Completion *completion, const VM_Value *args, VM_Value *results)
{
    Guest *guest = user;
    if (completion->status)
        return VM_CallerFail(caller, completion->status, completion->text);
    ssize_t size = read(guest->sockets[0], args[0].of.buffer.data, args[0].of.buffer.size);
    results[0] = VM_ValueI32((int32_t)size);
    return size < 0 ? VM_CallerFail(caller, VM_STATUS_IO, "the socket cannot be read") : VM_STATUS_OK;
}

static VM_Status host_receive(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    void *data = NULL;
    (void)user;
    (void)args;
    (void)results;
    VM_CallerGetContextData(caller, &data);
    Guest *guest = data;
    VM_Suspension suspension = { sizeof suspension, 0, guest, receive_now, NULL, NULL };
    VM_Status status = VM_CallerSuspend(caller, &suspension, &guest->token);
    if (status == VM_STATUS_PENDING &&
        VM_LoopWatch(guest->loop, guest->sockets[0], VM_LOOP_READABLE, readable, guest, NULL, NULL, NULL))
        return VM_CallerFail(caller, VM_STATUS_IO, "the socket cannot be watched");
    return status;
}

static VM_Status start(Guest *guest, VM_Engine *engine, VM_Module *module, VM_HostModule *host, VM_Queue *queue, VM_Error **error)
{
    static const char *const names[KINDS] = { "doze", "listen", "spin", "grab", "doze" };
    VM_ContextConfig *config = NULL;
    VM_Instance instance;
    VM_Value arg = VM_ValueI32(guest->kind == CANCELLED ? 60000 : 20);
    VM_Status status;
    if ((status = VM_ContextConfigCreate(&config, error)))
        return status;
    if (!(status = VM_ContextConfigSetMemoryLimit(config, 16 << 20, error)) &&
        !(status = VM_ContextCreate(engine, config, &guest->context, error)) &&
        !(status = VM_ContextSetData(guest->context, guest, NULL, error)) &&
        !(status = VM_ContextSetComputeLimit(guest->context, 50, error)) &&
        !(status = VM_ContextSetSlice(guest->context, 1000, error)) &&
        !(status = VM_ContextRegisterModule(guest->context, host, error)) &&
        !(status = VM_ContextInstantiate(guest->context, module, &instance, error)))
        status = VM_ContextStart(guest->context, instance, names[guest->kind], &arg, 1, queue, &guest->execution, error);
    VM_ContextConfigDelete(config);
    return status;
}

/* Counts what has become of a guest; returns whether it has ended. */
static int ended(Guest *guest, int counts[KINDS])
{
    VM_Value result = VM_ValueI32(0);
    VM_Error *error = NULL;
    VM_ExecutionState state = VM_ExecutionGetState(guest->execution);
    if (state != VM_EXECUTION_DONE && state != VM_EXECUTION_FAILED)
        return 0;
    VM_Status status = VM_ExecutionGetResults(guest->execution, &result, 1, &error);
    counts[DOZE] += guest->kind == DOZE && !status && result.of.i32 == 1;
    counts[LISTEN] += guest->kind == LISTEN && !status && result.of.i32 == 'x';
    counts[SPIN] += guest->kind == SPIN && status == VM_STATUS_TIMEOUT;
    counts[GRAB] += guest->kind == GRAB && !status && result.of.i32 <= 256;
    counts[CANCELLED] += guest->kind == CANCELLED && status == VM_STATUS_CANCELLED;
    VM_ErrorDelete(error);
    return 1;
}

static int kind_of(int index)
{
    if (index % 5 == 1)
        return index / 5 < MAX_SOCKETS ? LISTEN : DOZE;
    if (index % 50 == 2)
        return index / 50 < MAX_SPINNING ? SPIN : DOZE;
    return index % 50 == 3 ? GRAB : index % 10 == 4 ? CANCELLED : DOZE;
}

int main(int argc, char **argv)
{
    VM_EngineConfig *config = NULL;
    VM_Engine *engine = NULL;
    VM_Module *module = NULL;
    VM_HostModule *host = NULL;
    VM_Queue *queue = NULL;
    VM_Loop *loop = NULL;
    VM_Error *error = NULL;
    int count = argc == 3 ? atoi(argv[2]) : 0, left = 0, counts[KINDS] = { 0 };
    Guest *guests = calloc(count > 0 ? (size_t)count : 1, sizeof *guests);
    if (!guests || count <= 0) {
        fprintf(stderr, "usage: %s server.wasm guests\n", argv[0]);
        free(guests);
        return 2;
    }
    if (!VM_EngineConfigCreate(&config, &error) && !VM_EngineConfigSetInterruptible(config, true, &error) &&
        !VM_EngineCreate(config, &engine, &error) && !VM_ModuleLoadFromFile(engine, argv[1], &module, &error) &&
        !VM_QueueCreate(&queue, &error) && !VM_LoopCreate(&loop, &error) && !VM_HostModuleCreate("host", &host, &error) &&
        !VM_HostModuleAddFunction(host, "sleep", "(i)i", host_sleep, NULL, NULL, &error) &&
        !VM_HostModuleAddFunction(host, "receive", "(>~)i", host_receive, NULL, NULL, &error) &&
        !VM_HostModuleSetFunctionFlags(host, "sleep", VM_FUNCTION_MAY_SUSPEND, &error) &&
        !VM_HostModuleSetFunctionFlags(host, "receive", VM_FUNCTION_MAY_SUSPEND, &error)) {
        for (int i = 0; i < count && !error; i++) {
            Guest *guest = &guests[i];
            guest->loop = loop;
            guest->kind = kind_of(i);
            if (guest->kind == LISTEN && socketpair(AF_UNIX, SOCK_STREAM, 0, guest->sockets))
                guest->kind = DOZE;
            if (!start(guest, engine, module, host, queue, &error) && !VM_ExecutionSetData(guest->execution, guest, NULL, &error))
                left += !ended(guest, counts);
        }
        for (int i = 0; i < count && !error; i++) {
            if (guests[i].kind == LISTEN && write(guests[i].sockets[1], "x", 1) != 1)
                perror("write");
            if (guests[i].kind == CANCELLED)
                VM_ExecutionCancel(guests[i].execution, NULL); /* any thread may do this */
        }
        struct pollfd ready[2] = { { (int)VM_QueueGetHandle(queue), POLLIN, 0 }, { (int)VM_LoopGetHandle(loop), POLLIN, 0 } };
        while (!error && left && poll(ready, 2, 10000) > 0) {
            VM_LoopRunOnce(loop, 0, &error);
            VM_Execution *next = VM_QueueNext(queue);
            if (next) {
                VM_ExecutionPoll(next, NULL); /* `ended` looks at its failure */
                left -= ended(VM_ExecutionGetData(next), counts);
            }
        }
    }
    printf("%d guests on one thread: %d slept, %d received, %d out of time, %d out of memory, %d cancelled, %d lost\n", count,
           counts[DOZE], counts[LISTEN], counts[SPIN], counts[GRAB], counts[CANCELLED], left);
    if (error)
        fprintf(stderr, "%s\n", VM_ErrorGetMessage(error));
    int failed = error || left || counts[DOZE] + counts[LISTEN] + counts[SPIN] + counts[GRAB] + counts[CANCELLED] != count;
    for (int i = 0; i < count; i++) {
        VM_ExecutionDelete(guests[i].execution);
        VM_ContextDelete(guests[i].context);
        if (guests[i].kind == LISTEN) {
            close(guests[i].sockets[0]);
            close(guests[i].sockets[1]);
        }
    }
    free(guests);
    VM_ErrorDelete(error);
    VM_LoopDelete(loop);
    VM_QueueDelete(queue);
    VM_HostModuleDelete(host);
    VM_ModuleDelete(module);
    VM_EngineDelete(engine);
    VM_EngineConfigDelete(config);
    return failed;
}
